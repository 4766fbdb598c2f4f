/** What an account was granted on channels by identity's grants, whether it is a member or not. */
import type { Grants, Permission } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import { isId } from '@chat/kit/ids';
import type { SqlPart } from '../sql-part';

const PERMISSIONS: readonly Permission[] = ['READ', 'WRITE', 'DELETE', 'MANAGE'];

/** By channel id; each permission comes with those that it includes. */
export type GrantedOn = (channelId: string) => readonly Permission[];

export async function grantedOnChannels(
  grants: Grants,
  viewer: Pick<Viewer, 'id' | 'scope'> | null,
): Promise<GrantedOn> {
  const ids = await Promise.all(PERMISSIONS.map((permission) => grants.ids(viewer, permission, 'Channel')));
  return (channelId) => PERMISSIONS.filter((_, index) => ids[index]!.some((id) => id === channelId || id === '*'));
}

/**
 * For lists: the condition, on the alias `c`, that a channel is one of those that `viewerId` was granted. Grants are on private
 * channels here, as direct ones are nobody's to grant and public ones are listed anyway; a ban goes before a grant.
 * @param granted what `Grants.ids` gives
 */
export function isGrantedChannel(viewerId: string, granted: readonly string[]): SqlPart {
  const isAll = granted.includes('*');
  const ids = granted.filter(isId);
  if (!isAll && ids.length === 0) return { sql: 'false', values: [] };
  return {
    sql: `c.type = 'PRIVATE'${isAll ? '' : ' and c.id in (?)'} and not exists (
      select 1 from messaging.members b where b.channel_id = c.id and b.user_id = ? and b.state = 'BANNED')`,
    values: [...(isAll ? [] : [ids]), viewerId],
  };
}
