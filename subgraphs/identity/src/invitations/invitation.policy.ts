/** Access to invitations: administrators. Registration with one is in accounts/. */
import { withParent, type Policy } from '@chat/kit/graphql/policy';
import { DEMANDS_MANAGE, isAdministrator } from '../permissions/permission.policy';

export const invitationPolicy: Policy = {
  fields: {
    Query: { invitations: isAdministrator },
    Mutation: { createInvitation: isAdministrator, revokeInvitation: isAdministrator },
    Invitation: withParent('id', 'role', 'email', 'maxUses', 'uses', 'status', 'createdBy', 'createdAt', 'expiresAt'),
    CreatedInvitation: withParent('invitation', 'token', 'url'),
  },
  references: {},
  withoutWrite: { createInvitation: DEMANDS_MANAGE, revokeInvitation: DEMANDS_MANAGE },
};
