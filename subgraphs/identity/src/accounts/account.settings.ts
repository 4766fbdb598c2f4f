/** Feature flags and settings of accounts. */
import type { SettingDefinition } from '@chat/identity-client/settings/setting-definition';
import type { IdentityConfig } from '../config';

export const accountSettings = (config: IdentityConfig) =>
  ({
    registration: {
      key: 'registration',
      type: 'flag',
      description:
        'Anyone may register an account. If it is off, accounts come from invitations, administrators and login providers.',
      default: config.REGISTRATION_ENABLED,
    },
    guests: {
      key: 'guests',
      type: 'flag',
      description: 'Anyone may log in as a guest, without an account.',
      default: config.GUESTS_ENABLED,
    },
    guestRetentionDays: {
      key: 'identity.guestRetentionDays',
      type: 'integer',
      description: 'Days after which an unseen guest is removed like a deleted account. 0 keeps guests forever.',
      minimum: 0,
      maximum: 3650,
      default: config.GUEST_RETENTION_DAYS,
    },
    passwordMinLength: {
      key: 'identity.passwordMinLength',
      type: 'integer',
      description: 'Minimum length of new passwords, in characters.',
      minimum: 8,
      maximum: 64,
      default: config.PASSWORD_MIN_LENGTH,
    },
  }) as const satisfies Record<string, SettingDefinition>;

export type AccountSettings = ReturnType<typeof accountSettings>;
