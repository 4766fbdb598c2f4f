/** Answers whether a viewer may act on the whole installation. Holds pure functions; knows neither GraphQL nor SQL. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { Permission, Role } from './role';

/** Whether the viewer is an administrator. An API key counts only if its scope includes MANAGE. */
export const isAdmin = (viewer: Viewer | null): boolean =>
  viewer !== null && viewer.roles.includes(Role.ADMIN) && viewer.permissions.includes(Permission.MANAGE);

/** Whether the viewer is logged in without an API key. A key must not do anything that would let it outlive itself. */
export const actsInPerson = (viewer: Viewer | null): boolean => viewer !== null && !viewer.scope;
