/** What an account was granted on channels by identity's grants, whether it is a member or not. */
import type { Grants, Permission } from '@chat/kit/auth/grants';
import type { Viewer } from '@chat/kit/auth/viewer';

const PERMISSIONS: readonly Permission[] = ['READ', 'WRITE', 'DELETE', 'MANAGE'];

/** By channel id; each permission comes with those that it includes. */
export type GrantedOn = (channelId: string) => readonly Permission[];

export async function grantedOnChannels(grants: Grants, viewer: Viewer | null): Promise<GrantedOn> {
  const ids = await Promise.all(PERMISSIONS.map((permission) => grants.ids(viewer, permission, 'Channel')));
  return (channelId) => PERMISSIONS.filter((_, index) => ids[index]!.some((id) => id === channelId || id === '*'));
}
