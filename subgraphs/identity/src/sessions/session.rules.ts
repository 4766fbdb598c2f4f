/** Tells a repeated refresh from a stolen refresh token, as a pure function. Knows neither GraphQL nor SQL. */
import { networkOf } from '@chat/kit/auth/address';
import type { Client } from '@chat/kit/auth/client';
import { createHash } from 'node:crypto';
import type { SessionEntity } from './session.entity';
import type { RefreshClaims } from './tokens';

/**
 * Grace period in which the previous refresh token is still accepted from the client that used it, in milliseconds: two tabs may
 * refresh at once, and a response may be lost. Otherwise the token counts as stolen (RFC 9700, section 4.14.2).
 */
const GRACE_MS = 10_000;

/** The stored form of a refresh's `clientMutationId`, which is as secret as a token. */
export const refreshKeyOf = (clientMutationId: string): string =>
  createHash('sha256').update(clientMutationId).digest('base64url');

/**
 * Whether the client repeats the session's last refresh: it names the same `clientMutationId`, or is the same client within the grace
 * period. A thief of the token does not know the id, so it needs no grace period: a client may be offline for days after a lost response.
 */
export function isRepeatedRefresh(
  session: Pick<SessionEntity, 'generation' | 'userAgent' | 'address' | 'lastSeenAt' | 'refreshKey'>,
  { generation }: RefreshClaims,
  client: Client,
  refreshKey: string | null,
  now: Date,
): boolean {
  if (generation !== session.generation - 1) return false;
  if (refreshKey !== null && session.refreshKey === refreshKey) return true;
  const isSameClient =
    client.userAgent === session.userAgent && networkOf(client.address ?? '') === networkOf(session.address ?? '');
  const isRecent = now.getTime() - session.lastSeenAt.getTime() <= GRACE_MS;
  return isRecent && isSameClient;
}
