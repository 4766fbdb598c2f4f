/** Access to files as pure questions about an account. Holds neither GraphQL nor SQL; file.policy.ts applies the rules. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { Permission } from '@chat/identity-client/access/grants';
import type { FileEntity } from './file.entity';

/** In ascending order; each permission includes those before it. */
const LEVELS: readonly Permission[] = ['READ', 'WRITE', 'DELETE', 'MANAGE'];

/** A file with the viewer's access to it. */
export interface FileAccess {
  viewer: Viewer | null;
  file: FileEntity;
  /** The permission by a share; null if the file is not shared with the viewer. */
  shared: Permission | null;
  /** Whether the file is attached to something that the viewer sees, such as a message. */
  isAttached: boolean;
}

const isInScope = ({ scope }: Viewer, permission: Permission): boolean =>
  !scope || scope.includes(permission) || scope.includes('MANAGE');

const isShared = ({ shared }: FileAccess, permission: Permission): boolean =>
  shared !== null && LEVELS.indexOf(shared) >= LEVELS.indexOf(permission);

export const isOwner = ({ viewer, file }: FileAccess): boolean => viewer?.id === file.ownerId;

const isAdministrator = ({ viewer }: FileAccess): boolean => viewer?.permissions.includes('MANAGE') ?? false;

export const canSee = (access: FileAccess): boolean =>
  access.viewer !== null &&
  isInScope(access.viewer, 'READ') &&
  (isOwner(access) || isAdministrator(access) || isShared(access, 'READ') || access.isAttached);

/** Owners and administrators delete a file, and accounts with which it is shared for that. */
export const canDelete = (access: FileAccess): boolean =>
  isOwner(access) || isAdministrator(access) || isShared(access, 'DELETE');

/** The owner shares a file, and accounts that may manage it. */
export const canShare = (access: FileAccess): boolean =>
  isOwner(access) || isAdministrator(access) || isShared(access, 'MANAGE');

/** Whether an account may learn where a file was recorded. Others get a copy without the place, or nothing if there is no copy. */
export const seesLocation = (viewerId: string, file: FileEntity): boolean =>
  viewerId === file.ownerId || file.keepsLocation || file.location === 'NONE';

export const canUpload = (viewer: Viewer | null): boolean => viewer?.permissions.includes('WRITE') ?? false;
