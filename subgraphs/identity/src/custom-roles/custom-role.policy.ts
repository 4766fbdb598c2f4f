/** Custom roles are made and given by administrators, and seen by them alone. */
import { withParent, type Policy } from '@chat/kit/graphql/policy';
import { DEMANDS_MANAGE, isAdministrator } from '../roles/role.policy';

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
