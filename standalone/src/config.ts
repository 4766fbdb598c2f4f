/** Environment variables of the whole system in one process: those of all parts, with defaults for the servers that it starts itself. */
import { redisVariable } from '@chat/kit/redis-address';
import { gatewayVariables } from '@chat/gateway';
import { ConfigError, EQUAL_EVERYWHERE, loadConfig } from '@chat/kit/config';
import { archiveVariables } from '@chat/kit/embedded/wal-archive';
import { z } from 'zod';
import { subgraphVariables } from './subgraphs';

export const standaloneVariables = {
  DATA_DIR: z
    .string()
    .default('./data')
    .describe('folder for the data of the embedded servers, and for mails if SMTP_URL is not set'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe(
      'PostgreSQL 15 or later, postgresql://user:password@host:port/name; npm start without it starts one below DATA_DIR',
    )
    .meta(EQUAL_EVERYWHERE),
  ...archiveVariables,
  REDIS_URL: redisVariable()
    .optional()
    .describe(
      'Redis 6.2 or later, or Valkey, redis://host:port, or by Sentinel, redis+sentinel://host1,host2/master; npm start without it starts one below DATA_DIR',
    )
    .meta(EQUAL_EVERYWHERE),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'public URL, such as https://chat.example.org; links in mails and URLs of incoming webhooks start with it; default: HOST and PORT',
    )
    .meta(EQUAL_EVERYWHERE),
  SECRET_KEY: z
    .string()
    .min(32)
    .optional()
    .describe(
      'at least 32 characters, signs tokens and viewer headers; npm start without it generates one below DATA_DIR',
    )
    .meta(EQUAL_EVERYWHERE),
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
    throw new ConfigError(['SECRET_KEY: is required in production if DATABASE_URL and REDIS_URL are set']);
  }
  return config;
}
