/** Environment variables of the whole system in one process: those of all parts, with defaults for the servers that it starts itself. */
import { gatewayVariables } from '@chat/gateway';
import { ConfigError, loadConfig } from '@chat/kit/config';
import { z } from 'zod';
import { subgraphVariables } from './subgraphs';

export const standaloneVariables = {
  DATA_DIR: z.string().default('./data').describe('folder of everything that the embedded servers keep'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('a PostgreSQL 15 or later to use; without it one is started below DATA_DIR'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('a Redis 6.2 or later (or Valkey) to use; without it one is started below DATA_DIR'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'where clients reach this installation; links in mails and URLs of incoming webhooks start with it; without it they start with HOST and PORT',
    ),
  SECRET_KEY: z
    .string()
    .min(32)
    .optional()
    .describe('at least 32 characters; without it one is made and kept below DATA_DIR'),
};

const schema = z.object({
  ...subgraphVariables,
  ...gatewayVariables.shape,
  ...standaloneVariables,
});

export type StandaloneConfig = z.output<typeof schema>;

/** @throws ConfigError with all problems of all parts. */
export function loadStandaloneConfig(env?: NodeJS.ProcessEnv): StandaloneConfig {
  const config = loadConfig(schema, env);
  // If the servers run elsewhere, DATA_DIR may be the container's own disk, and a new secret would log everybody out.
  if (config.NODE_ENV === 'production' && config.DATABASE_URL && config.REDIS_URL && !config.SECRET_KEY) {
    throw new ConfigError(['SECRET_KEY: is required in production where DATABASE_URL and REDIS_URL are set']);
  }
  return config;
}
