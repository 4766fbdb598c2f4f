/** Access to rooms as pure functions of a viewer's access. No GraphQL and no SQL. */
import type { Permission } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { RoomEntity } from './room.entity';

export interface RoomAccess {
  viewer: Viewer | null;
  room: RoomEntity;
  /** Permissions by grants on the room. */
  granted: readonly Permission[];
  /** Whether the viewer was removed a short time ago. */
  isKicked: boolean;
  isMuted: boolean;
  /** Whether a moderator has let the viewer in from the lobby. */
  isAdmitted: boolean;
}

const has = ({ viewer }: Pick<RoomAccess, 'viewer'>, permission: Permission): boolean =>
  viewer?.permissions.includes(permission) ?? false;

const isInScope = (viewer: Viewer, permission: Permission): boolean =>
  !viewer.scope || viewer.scope.includes(permission) || viewer.scope.includes('MANAGE');

const isOwner = ({ viewer, room }: RoomAccess): boolean => viewer?.id === room.createdBy;

/** All accounts see public rooms. A private room needs a grant; its creator and administrators see it without one. */
export const canSee = (access: RoomAccess): boolean =>
  access.viewer !== null &&
  isInScope(access.viewer, 'READ') &&
  (!access.room.isPrivate || isOwner(access) || has(access, 'MANAGE') || access.granted.includes('READ'));

/** The creator, accounts with a grant, and the installation's moderators in the rooms that they see. */
export const canModerate = (access: RoomAccess): boolean =>
  isOwner(access) || access.granted.includes('MANAGE') || (canSee(access) && has(access, 'DELETE'));

/** As {@link canModerate}, with the reason for a refusal. */
export const moderates = (access: RoomAccess): true | string =>
  canModerate(access) || 'Only the creator and moderators of the room may do this.';

/** Returns true, or the reason for a refusal. */
export function canJoin(access: RoomAccess): true | string {
  const { room, viewer } = access;
  const mayEnter =
    has(access, 'WRITE') || access.granted.includes('WRITE') || (viewer?.roles.includes('GUEST') && room.openToGuests);
  if (!mayEnter) return 'This room is not open to guests.';
  if (canModerate(access)) return true;
  if (access.isKicked) return 'You were removed from this room. Try again later.';
  if (room.isLocked) return 'The room is locked.';
  if (room.hasLobby && !access.isAdmitted) return 'Wait in the lobby until a moderator lets you in.';
  return true;
}

/** Accounts that may write place and change objects; so do guests in rooms that are open to them. */
export const canBuild = (access: RoomAccess): true | string =>
  has(access, 'WRITE') ||
  access.granted.includes('WRITE') ||
  (access.room.openToGuests && (access.viewer?.roles.includes('GUEST') ?? false)) ||
  'You may not change objects in this room.';

/** Whether the viewer's access ends with a grant. */
export const needsGrant = (access: RoomAccess): boolean =>
  access.room.isPrivate && !isOwner(access) && !has(access, 'MANAGE');

export const canCreate = (viewer: Viewer | null): boolean => viewer?.permissions.includes('WRITE') ?? false;
