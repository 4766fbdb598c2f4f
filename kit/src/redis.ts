/** Redis connections that outlive a Redis restart. Refuses to queue commands for ever: a caller gets its error within seconds. */
import { once } from 'node:events';
import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from './logging';

export { Redis } from 'ioredis';

/**
 * Connects to `url`; `prefix` is put before every key (tests use a random one).
 * While Redis is away it retries every 50 to 1000 ms for ever, and commands fail after `commandTimeoutMs` (default 2000).
 * The log is told when it goes and when it comes, and of nothing between.
 */
export function connectRedis(
  url: string,
  log: Logger,
  options: RedisOptions & { commandTimeoutMs?: number } = {},
): Redis {
  const { commandTimeoutMs = 2000, ...rest } = options;
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), 1000) * (0.75 + Math.random() / 4),
    commandTimeout: commandTimeoutMs,
    autoResubscribe: true,
    keepAlive: 10_000, // a server that is gone without a word is noticed on connections that only listen, too
    ...rest,
  });
  let isAway = false;
  redis.on('error', (error) => {
    if (!isAway) log.warn({ err: error }, 'Redis is not reachable; trying again until it is');
    isAway = true;
  });
  redis.on('ready', () => {
    if (isAway) log.info('Redis is reachable again');
    isAway = false;
  });
  return redis;
}

/**
 * A connection for Pub/Sub only. Its commands wait for Redis as long as it takes instead of failing,
 * because a subscription that failed once would stay deaf; ioredis subscribes again after each reconnect.
 * No ready check: it sends INFO, which a connection that has just subscribed may not.
 */
export const connectRedisSubscriber = (url: string, log: Logger, options: RedisOptions = {}): Redis =>
  connectRedis(url, log, {
    ...options,
    maxRetriesPerRequest: null,
    commandTimeout: undefined,
    enableReadyCheck: false,
  });

/** Closes a connection whatever its state; never waits for a Redis that is away. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === 'ready') await redis.quit().catch(() => undefined);
  redis.disconnect();
}

/**
 * Hears what is published on `channel`. Whenever Redis has confirmed that, first or after it was away, `onMaybeMissed` is
 * called: what was published until then may not have been heard, and only what is read from now on is sure to be followed.
 *
 * @returns how to stop; no other listener may have the same channel on the same connection.
 */
export function listen(
  subscriber: Redis,
  channel: string,
  onMessage: (text: string) => void,
  onMaybeMissed: () => void,
): () => Promise<void> {
  const hear = (from: string, text: string) => {
    if (from === channel) onMessage(text);
  };
  const begin = () => void subscriber.subscribe(channel).then(onMaybeMissed, () => undefined); // 'ready' comes again
  subscriber.on('message', hear);
  subscriber.on('ready', begin);
  if (subscriber.status === 'ready') begin();
  return async () => {
    subscriber.off('message', hear);
    subscriber.off('ready', begin);
    // While Redis is away there is nothing to end, and the command would wait for it to come back.
    if (subscriber.status === 'ready') await subscriber.unsubscribe(channel).catch(() => undefined);
  };
}

/** Resolves when everything that was to be heard on `subscriber` so far is heard; after `withinMs` in any case. */
export async function whenListening(subscriber: Redis, withinMs: number): Promise<void> {
  const late = new AbortController();
  const confirm = async () => {
    if (subscriber.status !== 'ready') await once(subscriber, 'ready', { signal: late.signal });
    await subscriber.ping(); // answered behind the subscriptions
  };
  const timer = setTimeout(() => late.abort(), withinMs);
  await Promise.race([confirm(), once(late.signal, 'abort')]).catch(() => undefined);
  clearTimeout(timer);
}
