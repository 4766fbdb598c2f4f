/**
 * Decides again about a channel, under its lock or from a fresh read, because access may have changed since the policy ran. After a ban
 * is answered, nothing by the banned account appears; after a role is taken away, nothing happens by that role.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { forbidden, notFound } from '@chat/kit/errors';
import { ACCESS_COLUMNS, toChannelWithMember, type AccessRow, type ChannelWithMember } from './channel-access.reader';
import { canSee, type ChannelAccess } from './channel.rules';

/**
 * Merges the request's access with the present state. Grants and installation roles stay those of the request.
 * @param check returns true, or the reason for a refusal
 * @throws NOT_FOUND if the viewer no longer sees the channel; FORBIDDEN if `check` refuses
 */
export function recheckAccess<Access extends ChannelAccess>(
  before: Access,
  now: ChannelWithMember | null,
  check: (access: Access) => true | string,
): Access {
  const access = now && { ...before, ...now };
  if (!access || !canSee(access)) throw notFound('Channel');
  const verdict = check(access);
  if (verdict !== true) throw forbidden(verdict);
  return access;
}

/**
 * Acquires the channel's lock, which sending and membership changes also hold, and decides again. Acquire it before any other lock.
 * @see recheckAccess
 */
export async function lockAccess<Access extends ChannelAccess>(
  tx: EntityManager,
  before: Access,
  check: (access: Access) => true | string,
): Promise<Access> {
  const [row] = await tx.execute<AccessRow[]>(
    `select ${ACCESS_COLUMNS} from messaging.lock_channel_access(?::uuid, ?) f,
       lateral (select (f.channel).*) c, lateral (select (f.member).*) m`,
    [before.viewerId, before.channel.id],
  );
  return recheckAccess(before, row ? toChannelWithMember(row) : null, check);
}
