/** Access to grants: an account that manages a resource decides about access to it; administrators manage all resources. */
import { and, isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { IdentityContext } from '../context';
import { managesWithScope } from './grant.rules';

interface Named {
  resourceType: string;
  resourceId: string;
}

const managesTheResource = rule<IdentityContext, { input?: Named } & Partial<Named>>(
  'manages the resource',
  ({ viewer, grants }, { input, resourceType = input?.resourceType, resourceId = input?.resourceId }) =>
    grants.can(viewer, 'MANAGE', { type: resourceType!, id: resourceId! }),
);

const hasManagingScope = rule('has the scope MANAGE, if by an API key', ({ viewer }) => managesWithScope(viewer));

const DEMANDS_MANAGE_HERE = 'Grants.can() demands MANAGE, which the scope of an API key must include';

export const grantPolicy: Policy = {
  fields: {
    Query: { grants: managesTheResource },
    Mutation: {
      grantPermission: managesTheResource,
      grantGroupPermission: managesTheResource,
      // The resource is known only once the grant is loaded: see mayRevoke.
      revokePermission: and(isLoggedIn, hasManagingScope),
    },
    Grant: withParent('id', 'user', 'group', 'resourceType', 'resourceId', 'permission', 'createdAt'),
  },
  references: {},
  withoutWrite: {
    grantPermission: DEMANDS_MANAGE_HERE,
    grantGroupPermission: DEMANDS_MANAGE_HERE,
    revokePermission: DEMANDS_MANAGE_HERE,
  },
};

/** Whether the viewer may revoke a grant on this resource. */
export const mayRevoke = ({ viewer, grants }: IdentityContext, { resourceType, resourceId }: Named): Promise<boolean> =>
  grants.can(viewer, 'MANAGE', { type: resourceType, id: resourceId });
