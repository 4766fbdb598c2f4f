/** The audit log is for administrators. */
import { withParent, type Policy } from '@chat/kit/graphql/policy';
import { isAdministrator } from '../roles/role.policy';

export const auditPolicy: Policy = {
  fields: {
    Query: { auditLog: isAdministrator },
    AuditAct: withParent('id', 'at', 'action', 'actor', 'targetType', 'targetId', 'ip', 'correlationId', 'details'),
  },
  references: {},
};
