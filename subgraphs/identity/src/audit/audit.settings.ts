/** Settings of the audit log. */
import type { SettingDefinition } from '@chat/identity-client/settings/setting-definition';
import type { IdentityConfig } from '../config';

export const auditSettings = (config: IdentityConfig) =>
  ({
    auditRetentionDays: {
      key: 'identity.auditRetentionDays',
      type: 'integer',
      description: 'Days that acts stay on the audit log. 0 keeps them forever.',
      minimum: 0,
      maximum: 36_500,
      default: config.AUDIT_RETENTION_DAYS,
    },
  }) as const satisfies Record<string, SettingDefinition>;

export type AuditSettings = ReturnType<typeof auditSettings>;
