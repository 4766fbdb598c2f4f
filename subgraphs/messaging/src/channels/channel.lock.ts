/**
 * What is decided about a channel again, as it may have changed since a request was let through: nothing of somebody who is banned
 * appears after the ban was answered, and nobody does as a moderator what was taken from them before.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { forbidden, notFound } from '@chat/kit/errors';
import { ACCESS_COLUMNS, toChannelWithMember, type AccessRow, type ChannelWithMember } from './channel-access.reader';
import { canSee, type ChannelAccess } from './channel.rules';

/**
 * `before` as it is `now`. Grants, and what the viewer is to the installation, stay what the request came with.
 * @param check whether who has this access may: true, or why not
 * @throws NOT_FOUND where the viewer does not see the channel any more; FORBIDDEN
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
 * Takes the channel's lock, as sending does and whatever changes memberships, and decides then. Take it before anything else is locked.
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
