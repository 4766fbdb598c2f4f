/** Configuration of login providers from OIDC_PROVIDERS: OpenID Connect, or OAuth 2 with a user endpoint. */
import { z } from 'zod';
import { Role } from '../permissions/role';

/** Allows plain HTTP only for a provider on the same machine. */
const endpoint = z
  .url({ protocol: /^https?$/ })
  .refine((url) => /^https:|^http:\/\/(localhost|127\.|\[::1\])/.test(url), 'must be https, except on this machine');

const providerSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
    name: z.string().min(1).max(64),
    /** For OpenID Connect; the endpoints are discovered. */
    issuer: endpoint.optional(),
    /** For OAuth 2, which has no discovery. */
    authorizationEndpoint: endpoint.optional(),
    tokenEndpoint: endpoint.optional(),
    userEndpoint: endpoint.optional(),
    clientId: z.string().min(1),
    clientSecret: z.string().min(1).optional(),
    scope: z.string().default('openid profile email'),
    /** Allowed redirect addresses. Default: any address that the provider accepts. */
    redirectUris: z.array(z.string()).optional(),
    /** Whether a login creates an account if the person has none. */
    createsAccounts: z.boolean().default(true),
    /** Whether clients must pass on `iss` (RFC 9207), which is compared if present. Default: as the provider's metadata say. */
    requiresIss: z.boolean().optional(),
    /** The provider's names of the claims. */
    claims: z
      .strictObject({
        subject: z.string().default('sub'),
        email: z.string().default('email'),
        isEmailVerified: z.string().default('email_verified'),
        username: z.string().default('preferred_username'),
        displayName: z.string().default('name'),
      })
      .prefault({}),
    /** Maps the values of one claim to roles. The mapped roles are synced at every login. */
    roles: z
      .strictObject({ claim: z.string(), map: z.record(z.string(), z.enum([Role.ADMIN, Role.MODERATOR])) })
      .optional(),
  })
  .refine(
    ({ issuer, authorizationEndpoint, tokenEndpoint, userEndpoint }) =>
      issuer !== undefined || (authorizationEndpoint && tokenEndpoint && userEndpoint),
    'needs an issuer, or authorizationEndpoint, tokenEndpoint and userEndpoint',
  )
  .refine(({ issuer, requiresIss }) => issuer !== undefined || !requiresIss, {
    path: ['requiresIss'],
    message: 'needs an issuer to compare with',
  });

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
