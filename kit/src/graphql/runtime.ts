/** What every subgraph stands on: its part of PostgreSQL, Redis, the event log with its bell and feed, and the key for viewer headers. */
import type { AnyEntity, EntityClass, MigrationObject } from '@mikro-orm/core';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { ViewerHeader } from '../auth/viewer-header';
import { integerVariable, listVariable } from '../config';
import { Database } from '../database/database';
import { Bell } from '../events/bell';
import { EventFeed } from '../events/event-feed';
import { EventLog } from '../events/event-log';
import { createLogger, type Logger } from '../logging';
import type { Health } from './subgraph';
import { closeRedis, connectRedis, connectRedisSubscriber, isAnswering } from '../redis';

/** The environment variables that every subgraph reads; a subgraph's config.ts adds its own. */
export const subgraphVariables = {
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('production is stricter: no detail in errors'),
  HOST: z.string().default('127.0.0.1').describe('address to listen on'),
  PORT: integerVariable(0, 65_535).default(0).describe('port to listen on; 0 takes a free one'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .default('http://localhost:4000')
    .describe(
      'public URL of the gateway, such as https://chat.example.org, the same for all subgraphs; links in mails and URLs of incoming webhooks start with it',
    ),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .describe('PostgreSQL, postgresql://user:password@host:port/name'),
  DATABASE_REPLICA_URLS: listVariable().default([]).describe('read replicas, separated by commas'),
  DATABASE_POOL_SIZE: integerVariable(2, 500)
    .default(10)
    .describe(
      'connections to PostgreSQL per process and subgraph, for requests and jobs; one more hears notifications',
    ),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).describe('Redis, redis://host:port'),
  REDIS_PREFIX: z.string().default('').describe('put before every key and channel, where installations share a Redis'),
  SECRET_KEY: z
    .string()
    .min(32)
    .describe('at least 32 characters, the same for gateway and subgraphs: signs tokens and viewer headers'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('least severe level that is logged'),
};

export type SubgraphConfig = z.output<z.ZodObject<typeof subgraphVariables>>;

export interface Runtime extends AsyncDisposable {
  log: Logger;
  database: Database;
  redis: Redis;
  /** For Pub/Sub only. */
  subscriber: Redis;
  bell: Bell;
  eventLog: EventLog;
  feed: EventFeed;
  viewerHeader: ViewerHeader;
  health(): Promise<Health>;
}

/** Opens all of it without waiting for either server; `name` is also the PostgreSQL schema. */
export async function openRuntime(
  config: SubgraphConfig,
  { name, entities, migrations }: { name: string; entities: EntityClass<AnyEntity>[]; migrations: MigrationObject[] },
): Promise<Runtime> {
  const log = createLogger(name, config.LOG_LEVEL);
  const database = await Database.open({
    url: config.DATABASE_URL,
    replicaUrls: config.DATABASE_REPLICA_URLS,
    poolSize: config.DATABASE_POOL_SIZE,
    schema: name,
    entities,
    migrations,
    log,
  });
  const redis = connectRedis(config.REDIS_URL, log);
  const subscriber = connectRedisSubscriber(config.REDIS_URL, log);
  const bell = new Bell(redis, subscriber, `${config.REDIS_PREFIX}${name}:`);
  const eventLog = new EventLog(name, bell, log);
  const feed = new EventFeed(eventLog, bell, () => database.fork(), log);
  return {
    log,
    database,
    redis,
    subscriber,
    bell,
    eventLog,
    feed,
    viewerHeader: new ViewerHeader(config.SECRET_KEY),
    health: async () => ({
      postgresql: await database.isHealthy(),
      redis: isAnswering(redis) && isAnswering(subscriber),
    }),
    async [Symbol.asyncDispose]() {
      await feed[Symbol.asyncDispose]();
      await Promise.all([closeRedis(redis), closeRedis(subscriber)]);
      await database[Symbol.asyncDispose]();
    },
  };
}
