/** Decides about the owners and scopes of new API keys, as pure functions. Knows neither GraphQL nor SQL. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { isAdmin } from '../permissions/permission.rules';
import type { Permission } from '../permissions/role';

/** Whether the viewer may create a key for an account with the id `ownerId` at all, before that account is loaded. */
export const mayCreateKeyFor = (viewer: Viewer, ownerId: string): boolean => viewer.id === ownerId || isAdmin(viewer);

/** Whether `owner` may receive a key from the viewer: people create their own keys, and service accounts receive theirs. */
export const mayReceiveKey = (viewer: Viewer, owner: { id: string; isBot: boolean }): boolean =>
  viewer.id === owner.id || owner.isBot;

/** The permissions in `scope` that the account itself does not have. */
export const excessOf = (scope: readonly Permission[], allowed: readonly Permission[]): Permission[] =>
  scope.filter((permission) => !allowed.includes(permission));
