/** What one process that is the whole system reads from its environment, beyond what its parts read. */
import { resolve } from 'node:path';
import { z } from 'zod';

export const standaloneVariables = {
  DATA_DIR: z
    .string()
    .default('./data')
    .transform((dir) => resolve(dir))
    .describe('folder of everything that the embedded servers keep'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('a PostgreSQL 15 or later to use; without it one is started below DATA_DIR'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('a Redis 6.2 or later (or Valkey) to use; without it one is started below DATA_DIR'),
  SECRET_KEY: z
    .string()
    .min(32)
    .optional()
    .describe('at least 32 characters; without it one is made and kept below DATA_DIR'),
};

export type StandaloneConfig = z.output<z.ZodObject<typeof standaloneVariables>>;
