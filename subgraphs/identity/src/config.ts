/** The environment variables of the identity subgraph, beyond those that every subgraph has. */
import { booleanVariable, integerVariable } from '@chat/kit/config';
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import { z } from 'zod';
import { providersVariable } from './providers/provider-config';

export const identityVariables = {
  ...subgraphVariables,
  ACCESS_TOKEN_LIFETIME_SECONDS: integerVariable(1, 86_400)
    .default(900)
    .describe('how long an access token is valid, in seconds; revoked sessions are remembered for as long'),
  REFRESH_TOKEN_LIFETIME_DAYS: integerVariable(1, 3650)
    .default(30)
    .describe('how long a session lives without being refreshed, in days'),
  ADMIN_PASSWORD: z
    .string()
    .min(8)
    .optional()
    .describe('password of the first administrator, who is called admin; generated and shown once where it is not set'),
  BCRYPT_COST: integerVariable(4, 16)
    .default(12)
    .describe('work per password as a power of two; one more doubles the time of a login'),
  PASSWORD_WORKERS: integerVariable(0, 64)
    .default(0)
    .describe(
      'threads that check passwords; 0: one for each processor but one; a thread checks about four a second at cost 12',
    ),
  PASSWORD_MIN_LENGTH: integerVariable(8, 64)
    .default(8)
    .describe('shortest password, in characters; the default of the setting identity.passwordMinLength'),
  REGISTRATION_ENABLED: booleanVariable()
    .default(true)
    .describe('anybody may make an account; the default of the feature flag registration'),
  GUESTS_ENABLED: booleanVariable()
    .default(true)
    .describe('anybody may come in without an account; the default of the feature flag guests'),
  GUEST_RETENTION_DAYS: integerVariable(0, 3650)
    .default(30)
    .describe(
      'how long guests are kept after they were last seen, in days, 0 for ever; the default of identity.guestRetentionDays',
    ),
  LOGIN_ATTEMPTS_PER_ACCOUNT: integerVariable(1, 10_000)
    .default(20)
    .describe(
      'wrong passwords for one account from one address within 15 minutes before further ones are refused unread',
    ),
  LOGIN_ATTEMPTS_PER_ACCOUNT_EVERYWHERE: integerVariable(1, 1_000_000)
    .default(100)
    .describe(
      'wrong passwords for one account from all addresses within an hour before further ones are refused unread, except at addresses that it was used from',
    ),
  LOGIN_ATTEMPTS_PER_ADDRESS: integerVariable(1, 1_000_000)
    .default(300)
    .describe('wrong passwords from one address within 15 minutes before further ones are refused unread'),
  NEW_ACCOUNTS_PER_ADDRESS: integerVariable(1, 10_000_000)
    .default(5000)
    .describe('registrations, guests and reset mails from one address within an hour'),
  AUDIT_RETENTION_DAYS: integerVariable(0, 36_500)
    .default(365)
    .describe('how long acts stay on the audit log, in days, 0 for ever; the default of identity.auditRetentionDays'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .default('http://localhost:4000')
    .describe('where people find the client; links in mails start with it'),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe('mail server, smtp://user:password@host:port; without it mails are files in DATA_DIR/mail'),
  MAIL_FROM: z.string().default('Chat <chat@localhost>').describe('sender of mails'),
  OIDC_PROVIDERS: providersVariable()
    .default([])
    .describe(
      'JSON array of login providers: id, name, issuer, clientId, clientSecret, …; see docs/login-providers.md',
    ),
  DATA_DIR: z.string().default('./data').describe('folder for what is kept outside of PostgreSQL'),
};

export type IdentityConfig = z.output<z.ZodObject<typeof identityVariables>>;
