/** Rules about who the viewer is on the installation, for the policies of all features. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { rule } from '@chat/kit/graphql/policy';
import { Permission, Role } from './role';

/** An administrator's API key counts only where its scope includes managing. */
export const isAdmin = (viewer: Viewer | null): boolean =>
  viewer !== null && viewer.roles.includes(Role.ADMIN) && viewer.permissions.includes(Permission.MANAGE);

export const isAdministrator = rule('is an administrator', ({ viewer }) => isAdmin(viewer));

/** What no API key may do, whatever its scope: everything that would let it outlive itself. */
export const isInPerson = rule('is logged in, and not by an API key', ({ viewer }) => viewer !== null && !viewer.scope);

/** Why administrators' mutations are exempt from WRITE. A key of scope MANAGE alone administrates. */
export const DEMANDS_MANAGE = 'its rule demands MANAGE of an API key, which is more than WRITE';
