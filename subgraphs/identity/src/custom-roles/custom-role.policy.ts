/** Access to custom roles: administrators only, also for the built-in roles of accounts. */
import { withParent, type Policy } from '@chat/kit/graphql/policy';
import { DEMANDS_MANAGE, isAdministrator } from '../permissions/permission.policy';

export const customRolePolicy: Policy = {
  fields: {
    Query: { customRoles: isAdministrator },
    Mutation: {
      assignRole: isAdministrator,
      revokeRole: isAdministrator,
      createCustomRole: isAdministrator,
      updateCustomRole: isAdministrator,
      deleteCustomRole: isAdministrator,
      assignCustomRole: isAdministrator,
      revokeCustomRole: isAdministrator,
    },
    CustomRole: withParent('id', 'name', 'description', 'permissions'),
  },
  withoutWrite: {
    assignRole: DEMANDS_MANAGE,
    revokeRole: DEMANDS_MANAGE,
    createCustomRole: DEMANDS_MANAGE,
    updateCustomRole: DEMANDS_MANAGE,
    deleteCustomRole: DEMANDS_MANAGE,
    assignCustomRole: DEMANDS_MANAGE,
    revokeCustomRole: DEMANDS_MANAGE,
  },
  references: {},
};
