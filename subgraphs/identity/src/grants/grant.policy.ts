/** Whoever manages a resource decides who else may what with it; administrators manage everything. */
import { isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { IdentityContext } from '../context';

interface Named {
  resourceType: string;
  resourceId: string;
}

const managesTheResource = rule<IdentityContext, { input?: Named } & Partial<Named>>(
  'manages the resource',
  ({ viewer, grants }, { input, resourceType = input?.resourceType, resourceId = input?.resourceId }) =>
    grants.can(viewer, 'MANAGE', { type: resourceType!, id: resourceId! }),
);

export const grantPolicy: Policy = {
  fields: {
    Query: { grants: managesTheResource },
    // Which resource a grant is on, and so who may take it, only the service knows.
    Mutation: {
      grantPermission: managesTheResource,
      grantGroupPermission: managesTheResource,
      revokePermission: isLoggedIn,
    },
    Grant: withParent('id', 'user', 'group', 'resourceType', 'resourceId', 'permission', 'createdAt'),
  },
  references: {},
};

/** Whether the viewer may take back a grant on this resource. */
export const mayRevoke = ({ viewer, grants }: IdentityContext, { resourceType, resourceId }: Named): Promise<boolean> =>
  grants.can(viewer, 'MANAGE', { type: resourceType, id: resourceId });
