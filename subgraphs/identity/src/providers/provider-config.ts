/** Which providers people may log in with, as OIDC_PROVIDERS says: any that speaks OpenID Connect, or OAuth 2 with a user endpoint. */
import { z } from 'zod';
import { Role } from '../roles/role';

/** Plain HTTP is for a provider on the same machine only. */
const endpoint = z
  .url({ protocol: /^https?$/ })
  .refine((url) => /^https:|^http:\/\/(localhost|127\.|\[::1\])/.test(url), 'must be https, except on this machine');

const providerSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
    name: z.string().min(1).max(64),
    /** Of an OpenID Connect provider: the rest is discovered. */
    issuer: endpoint.optional(),
    /** Of an OAuth 2 provider, which has no discovery. */
    authorizationEndpoint: endpoint.optional(),
    tokenEndpoint: endpoint.optional(),
    userEndpoint: endpoint.optional(),
    clientId: z.string().min(1),
    clientSecret: z.string().min(1).optional(),
    scope: z.string().default('openid profile email'),
    /** Where people may be sent back to; any address that the provider knows, where it is absent. */
    redirectUris: z.array(z.string()).optional(),
    /** Whether whoever the provider knows gets an account here. */
    createsAccounts: z.boolean().default(true),
    /** Whether clients must pass on the `iss` that a provider answers with (RFC 9207). What they pass on is compared in any case. */
    requiresIss: z.boolean().default(false),
    /** How the provider calls the facts about a person. */
    claims: z
      .strictObject({
        subject: z.string().default('sub'),
        email: z.string().default('email'),
        isEmailVerified: z.string().default('email_verified'),
        username: z.string().default('preferred_username'),
        displayName: z.string().default('name'),
      })
      .prefault({}),
    /** Roles by the values of one claim. Those that are named here follow the provider at every login. */
    roles: z
      .strictObject({ claim: z.string(), map: z.record(z.string(), z.enum([Role.ADMIN, Role.MODERATOR])) })
      .optional(),
  })
  .refine(
    ({ issuer, authorizationEndpoint, tokenEndpoint, userEndpoint }) =>
      issuer !== undefined || (authorizationEndpoint && tokenEndpoint && userEndpoint),
    'needs an issuer, or authorizationEndpoint, tokenEndpoint and userEndpoint',
  );

export type ProviderConfig = z.output<typeof providerSchema>;

/** The environment variable: a JSON array of providers. */
export const providersVariable = () =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'must be JSON' });
        return z.NEVER;
      }
    })
    .pipe(z.array(providerSchema));
