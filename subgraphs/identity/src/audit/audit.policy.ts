/** Access to the audit log: administrators only. */
import { withParent, type Policy } from '@chat/kit/graphql/policy';
import { isAdministrator } from '../permissions/permission.policy';

export const auditPolicy: Policy = {
  fields: {
    Query: { auditLog: isAdministrator },
    AuditAct: withParent('id', 'at', 'action', 'actor', 'targetType', 'targetId', 'ip', 'correlationId', 'details'),
  },
  references: {},
};
