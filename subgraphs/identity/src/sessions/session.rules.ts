/** Tells a repeated refresh from a stolen refresh token, as a pure function. Knows neither GraphQL nor SQL. */
import { networkOf } from '@chat/kit/auth/address';
import type { Client } from '@chat/kit/auth/client';
import type { SessionEntity } from './session.entity';
import type { RefreshClaims } from './tokens';

/**
 * Grace period in which the previous refresh token is still accepted from the client that used it, in milliseconds: two tabs may
 * refresh at once, and a response may be lost. Otherwise the token counts as stolen (RFC 9700, section 4.14.2).
 */
const GRACE_MS = 10_000;

/** Whether the client repeats the session's last refresh within the grace period. */
export function isRepeatedRefresh(
  session: Pick<SessionEntity, 'generation' | 'userAgent' | 'address' | 'lastSeenAt'>,
  { generation }: RefreshClaims,
  client: Client,
  now: Date,
): boolean {
  const isSameClient =
    client.userAgent === session.userAgent && networkOf(client.address ?? '') === networkOf(session.address ?? '');
  const isRecent = now.getTime() - session.lastSeenAt.getTime() <= GRACE_MS;
  return generation === session.generation - 1 && isRecent && isSameClient;
}
