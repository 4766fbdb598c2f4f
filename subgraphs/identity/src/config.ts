/** The environment variables of the identity subgraph, beyond those that every subgraph has. */
import { integerVariable } from '@chat/kit/config';
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import { availableParallelism } from 'node:os';
import { z } from 'zod';

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
  PASSWORD_WORKERS: integerVariable(1, 64)
    .default(Math.max(1, availableParallelism() - 1))
    .describe('threads that check passwords; a thread checks about four a second at cost 12'),
};

export type IdentityConfig = z.output<z.ZodObject<typeof identityVariables>>;
