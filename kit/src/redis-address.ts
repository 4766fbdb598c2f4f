/**
 * The address of Redis in REDIS_URL: one server, as `redis://host:6379`, or the master that Sentinels know, as
 * `redis+sentinel://:password@host1:26379,host2:26379/master`. With `rediss` both use TLS.
 */
import type { RedisOptions } from 'ioredis';
import { z } from 'zod';

const SINGLE = /^rediss?:\/\/[^/]/;
const SENTINELS =
  /^redis(?<tls>s?)\+sentinel:\/\/(?:(?<user>[^:@/]*):(?<password>[^@/]*)@)?(?<hosts>[^@/?#]+)\/(?<master>[\w.-]+)(?:\/(?<db>\d{1,4}))?(?:\?sentinelPassword=(?<sentinelPassword>[^&#]+))?$/;
const HOST = /^(?<host>\[[\da-fA-F:.]+\]|[\w.-]+)(?::(?<port>\d{1,5}))?$/;

const SENTINEL_PORT = 26_379;

/** How long a Sentinel has to name the master, in milliseconds. The next one is asked then. */
const SENTINEL_ANSWER_MS = 1_000;
/** The longest pause after no Sentinel has named a master, in milliseconds. */
const SENTINEL_PAUSE_MS = 500;
/** The longest pause before the Sentinels are asked for the master again, in milliseconds: they name the lost one until its replica is promoted. */
const MASTER_PAUSE_MS = 200;

/** A setting with such an address. */
export const redisVariable = () =>
  z
    .string()
    .refine(
      (text) => sentinelOptions(text) !== undefined || (SINGLE.test(text) && URL.canParse(text)),
      'must be redis://host:port or redis+sentinel://host:port,host:port/master',
    );

/** Options of ioredis for an address with Sentinels; undefined for any other text. */
export function sentinelOptions(address: string): RedisOptions | undefined {
  const found = SENTINELS.exec(address)?.groups;
  const hosts = found?.['hosts']?.split(',').map((text) => HOST.exec(text)?.groups);
  if (!found || !hosts?.every((host) => host !== undefined)) return undefined;
  const { tls, user, password, master, db, sentinelPassword } = found;
  return {
    sentinels: hosts.map(({ host = '', port }) => ({
      host: host.replace(/^\[|\]$/g, ''),
      port: port ? Number(port) : SENTINEL_PORT,
    })),
    name: master,
    ...(user && { username: decodeURIComponent(user) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(sentinelPassword && { sentinelPassword: decodeURIComponent(sentinelPassword) }),
    ...(db && { db: Number(db) }),
    ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
    connectTimeout: SENTINEL_ANSWER_MS,
    sentinelCommandTimeout: SENTINEL_ANSWER_MS,
    retryStrategy: (attempt) => Math.min(50 * attempt, MASTER_PAUSE_MS) * (0.75 + Math.random() / 4),
    sentinelRetryStrategy: (attempt) => Math.min(50 * attempt, SENTINEL_PAUSE_MS),
    // A master that was replaced and still runs: Sentinels close its connections, and it refuses writes. No `failoverDetector`: if its
    // message arrives while ioredis asks for the master, ioredis ends the connection for good.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  };
}
