/** The infrastructure of every subgraph: its PostgreSQL schema, Redis, the event log with bell and feed, and the key for viewer headers. */
import type { AnyEntity, EntityClass, MigrationObject } from '@mikro-orm/core';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { fallbackVariables, secretOf } from '../auth/derived-keys';
import { ViewerHeader } from '../auth/viewer-header';
import { EQUAL_EVERYWHERE, integerVariable, listVariable } from '../config';
import { Database } from '../database/database';
import { directDatabaseVariable } from '../database/direct-url';
import { Bell } from '../events/bell';
import { EventFeed } from '../events/event-feed';
import { EventLog } from '../events/event-log';
import { createLogger, type Logger } from '../logging';
import type { Health } from './subgraph';
import { redisVariable } from '../redis-address';
import { closeRedis, connectRedis, connectRedisSubscriber, isAnswering } from '../redis';

/** The environment variables that every subgraph reads; a subgraph's config.ts adds its own. */
export const subgraphVariables = {
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('production hides details in errors'),
  HOST: z.string().default('127.0.0.1').describe('address to listen on'),
  PORT: integerVariable(0, 65_535).default(0).describe('port to listen on; 0 picks a free one'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .default('http://localhost:4000')
    .describe(
      'public URL of the gateway, such as https://chat.example.org; links in mails and URLs of incoming webhooks start with it',
    )
    .meta(EQUAL_EVERYWHERE),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .describe('PostgreSQL, postgresql://user:password@host:port/name')
    .meta(EQUAL_EVERYWHERE),
  DATABASE_DIRECT_URL: directDatabaseVariable(),
  DATABASE_REPLICA_URLS: listVariable()
    .default([])
    .describe(
      'read replicas, separated by commas; they take searches, histories and pages of the wiki once they have caught up',
    ),
  DATABASE_POOL_SIZE: integerVariable(2, 500)
    .default(10)
    .describe(
      'connections to PostgreSQL per process and subgraph, for requests and jobs; one more hears notifications',
    ),
  REDIS_URL: redisVariable()
    .describe('Redis, redis://host:port, or by Sentinel, redis+sentinel://host1,host2/master')
    .meta(EQUAL_EVERYWHERE),
  REDIS_PREFIX: z
    .string()
    .default('')
    .describe('prefix of every key and channel, for installations that share a Redis')
    .meta(EQUAL_EVERYWHERE),
  SECRET_KEY: z
    .string()
    .min(32)
    .describe('at least 32 characters; signs tokens and viewer headers')
    .meta(EQUAL_EVERYWHERE),
  ...fallbackVariables,
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url()
    .optional()
    .describe('OpenTelemetry collector (OTLP over HTTP); without it, tracing is off'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('minimum log level'),
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
    directUrl: config.DATABASE_DIRECT_URL,
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
    viewerHeader: new ViewerHeader(secretOf(config)),
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
