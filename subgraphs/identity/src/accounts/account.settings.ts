/** Feature flags and settings of accounts. */
import type { SettingDefinition } from '@chat/identity-client/settings/setting-definition';
import type { IdentityConfig } from '../config';

export const accountSettings = (config: IdentityConfig) =>
  ({
    registration: {
      key: 'registration',
      type: 'flag',
      description: 'Anybody may make an account. Without it administrators make them, or a login provider does.',
      default: config.REGISTRATION_ENABLED,
    },
    guests: {
      key: 'guests',
      type: 'flag',
      description: 'Anybody may come in without an account.',
      default: config.GUESTS_ENABLED,
    },
    guestRetentionDays: {
      key: 'identity.guestRetentionDays',
      type: 'integer',
      description:
        'How long guests are kept after they were last seen, in days; then they are removed as if they had been deleted. 0 keeps them for ever.',
      minimum: 0,
      maximum: 3650,
      default: config.GUEST_RETENTION_DAYS,
    },
    passwordMinLength: {
      key: 'identity.passwordMinLength',
      type: 'integer',
      description: 'Shortest password that is accepted from now on, in characters.',
      minimum: 8,
      maximum: 64,
      default: config.PASSWORD_MIN_LENGTH,
    },
  }) as const satisfies Record<string, SettingDefinition>;

export type AccountSettings = ReturnType<typeof accountSettings>;
