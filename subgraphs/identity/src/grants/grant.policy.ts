/** Whoever manages a resource decides who else may what with it; administrators manage everything. */
import { and, isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
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

const managesByKey = rule(
  'may manage, if by an API key',
  ({ viewer }) => !viewer?.scope || viewer.scope.includes('MANAGE'),
);

const GRANTS_ASK = 'grants are asked for MANAGE, and they ask the scope of an API key for it';

export const grantPolicy: Policy = {
  fields: {
    Query: { grants: managesTheResource },
    // The service looks up the resource of a grant, and asks mayRevoke.
    Mutation: {
      grantPermission: managesTheResource,
      grantGroupPermission: managesTheResource,
      revokePermission: and(isLoggedIn, managesByKey),
    },
    Grant: withParent('id', 'user', 'group', 'resourceType', 'resourceId', 'permission', 'createdAt'),
  },
  references: {},
  withoutWrite: { grantPermission: GRANTS_ASK, grantGroupPermission: GRANTS_ASK, revokePermission: GRANTS_ASK },
};

/** Whether the viewer may take back a grant on this resource. */
export const mayRevoke = ({ viewer, grants }: IdentityContext, { resourceType, resourceId }: Named): Promise<boolean> =>
  grants.can(viewer, 'MANAGE', { type: resourceType, id: resourceId });
