/** Access to groups: visible to all logged-in accounts, because they can be mentioned; changed by administrators. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';
import { DEMANDS_MANAGE, isAdministrator } from '../permissions/permission.policy';

export const groupPolicy: Policy = {
  fields: {
    Query: { groups: isLoggedIn },
    Mutation: {
      createGroup: isAdministrator,
      deleteGroup: isAdministrator,
      addGroupMembers: isAdministrator,
      removeGroupMembers: isAdministrator,
    },
    Group: withParent('id', 'name', 'description', 'members'),
    GroupMemberConnection: withParent('totalCount'),
  },
  withoutWrite: {
    createGroup: DEMANDS_MANAGE,
    deleteGroup: DEMANDS_MANAGE,
    addGroupMembers: DEMANDS_MANAGE,
    removeGroupMembers: DEMANDS_MANAGE,
  },
  references: { Group: isLoggedIn },
};
