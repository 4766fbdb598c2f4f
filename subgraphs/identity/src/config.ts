/** Environment variables of the identity subgraph, in addition to those of every subgraph. */
import { booleanVariable, integerVariable } from '@chat/kit/config';
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import { z } from 'zod';
import { providersVariable } from './providers/provider-config';

export const identityVariables = {
  ...subgraphVariables,
  ACCESS_TOKEN_LIFETIME_SECONDS: integerVariable(1, 86_400)
    .default(900)
    .describe('lifetime of an access token, in seconds; revoked sessions are remembered equally long'),
  REFRESH_TOKEN_LIFETIME_DAYS: integerVariable(1, 3650)
    .default(30)
    .describe('lifetime of a session without a refresh, in days'),
  ADMIN_PASSWORD: z
    .string()
    .min(8)
    .optional()
    .describe(
      'password of the first administrator, whose username is admin; generated and shown once if it is not set; no effect later, see npm run admin',
    ),
  BCRYPT_COST: integerVariable(4, 16)
    .default(12)
    .describe('cost of bcrypt as a power of two; one more doubles the time of a login'),
  PASSWORD_WORKERS: integerVariable(0, 64)
    .default(0)
    .describe(
      'threads that verify passwords; 0 for one less than the number of processors; a thread verifies about four a second at cost 12',
    ),
  PASSWORD_MIN_LENGTH: integerVariable(8, 64)
    .default(8)
    .describe('minimum length of passwords, in characters; default of the setting identity.passwordMinLength'),
  REGISTRATION_ENABLED: booleanVariable()
    .default(true)
    .describe('anyone may register an account; default of the feature flag registration'),
  GUESTS_ENABLED: booleanVariable()
    .default(true)
    .describe('anyone may log in as a guest; default of the feature flag guests'),
  GUEST_RETENTION_DAYS: integerVariable(0, 3650)
    .default(30)
    .describe(
      'days after which an unseen guest is removed, 0 for never; default of the setting identity.guestRetentionDays',
    ),
  LOGIN_ATTEMPTS_PER_ACCOUNT: integerVariable(1, 10_000)
    .default(20)
    .describe('wrong passwords for one account from one address within 15 minutes before further attempts are refused'),
  LOGIN_ATTEMPTS_PER_ACCOUNT_EVERYWHERE: integerVariable(1, 1_000_000)
    .default(100)
    .describe(
      'wrong passwords for one account from all addresses within an hour before further attempts are refused, except from addresses that it was used from',
    ),
  LOGIN_ATTEMPTS_PER_ADDRESS: integerVariable(1, 1_000_000)
    .default(300)
    .describe('wrong passwords from one address within 15 minutes before further attempts are refused'),
  NEW_ACCOUNTS_PER_ADDRESS: integerVariable(1, 10_000_000)
    .default(5000)
    .describe('registrations, guest logins and reset mails from one address within an hour'),
  AUDIT_RETENTION_DAYS: integerVariable(0, 36_500)
    .default(365)
    .describe('days that acts stay on the audit log, 0 for ever; default of the setting identity.auditRetentionDays'),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe('mail server, smtp://user:password@host:port; if it is not set, mails are written to DATA_DIR/mail'),
  MAIL_FROM: z.string().default('Chat <chat@localhost>').describe('sender of mails'),
  OIDC_PROVIDERS: providersVariable()
    .default([])
    .describe(
      'JSON array of login providers: id, name, issuer, clientId, clientSecret, …; see docs/login-providers.md',
    ),
  DATA_DIR: z.string().default('./data').describe('folder for files of the installation'),
};

export type IdentityConfig = z.output<z.ZodObject<typeof identityVariables>>;
