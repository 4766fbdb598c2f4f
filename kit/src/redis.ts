/**
 * Redis connections that outlive a restart, a hang and a partition of Redis. No command waits for a Redis that does not
 * answer: commands in progress are rejected within 425 ms, and later ones at once, until it answers again.
 */
import { once } from 'node:events';
import type { Redis, RedisOptions } from 'ioredis';
import type { Logger } from './logging';
import { sentinelOptions } from './redis-address';
import { RedisConnection } from './redis-connection';

export { Redis } from 'ioredis';

/** How long an orderly goodbye to Redis may take, in milliseconds. */
const QUIT_MS = 300;

/**
 * Connects to `url`, in a form of redis-address.ts; `prefix` is put before every key (tests use a random one).
 * While Redis is away it reconnects every 50 to 1000 ms for ever. Commands are rejected while Redis does not answer.
 * The log gets one line when Redis goes and one when it comes back.
 */
export function connectRedis(url: string, log: Logger, options: RedisOptions = {}): Redis {
  return connect(url, log, { maxRetriesPerRequest: 1, autoResendUnfulfilledCommands: false, ...options }, true);
}

/**
 * A connection for Pub/Sub only. Its commands wait for Redis as long as it takes instead of being rejected,
 * because a subscription that failed once would stay deaf; ioredis subscribes again after each reconnect.
 * No ready check: it sends INFO, which a connection that has just subscribed may not. `pulseMs` is the pause between two pings, which
 * bounds the age of {@link heardUntil}; default 1000.
 */
export function connectRedisSubscriber(
  url: string,
  log: Logger,
  { pulseMs, ...options }: RedisOptions & { pulseMs?: number } = {},
): Redis {
  return connect(url, log, { ...options, maxRetriesPerRequest: null, enableReadyCheck: false }, false, pulseMs);
}

function connect(url: string, log: Logger, options: RedisOptions, refuses: boolean, restMs?: number): Redis {
  const redis = new RedisConnection(
    sentinelOptions(url) ?? url,
    {
      retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), 1000) * (0.75 + Math.random() / 4),
      autoResubscribe: true,
      keepAlive: 10_000,
      connectTimeout: 2_000,
      disconnectTimeout: 100, // a silent server does not answer a FIN either
      ...options,
    },
    refuses,
    restMs,
  );
  let isAway = false;
  const away = (error?: Error) => {
    if (!isAway) log.warn({ err: error }, 'Redis does not answer; trying again until it does');
    isAway = true;
  };
  redis.on('error', away);
  redis.pulse.onChange((isAnswering) => {
    if (!isAnswering) return away();
    if (isAway) log.info('Redis answers again');
    isAway = false;
  });
  return redis;
}

/** Whether Redis answers on this connection now. */
export function isAnswering(redis: Redis): boolean {
  return redis.status === 'ready' && (!(redis instanceof RedisConnection) || redis.pulse.isAnswering);
}

/** Calls `listener` whenever the connection stands (again) or Redis answers on it again; twice if both happen. */
export function onAnswering(redis: Redis, listener: () => void): () => void {
  const offPulse =
    redis instanceof RedisConnection &&
    redis.pulse.onChange((answers) => answers && redis.status === 'ready' && listener());
  redis.on('ready', listener);
  return () => {
    redis.off('ready', listener);
    if (offPulse) offPulse();
  };
}

/**
 * When Redis was last known to have sent all messages that are received here, by `performance.now()`; -Infinity if that is
 * unknown. For connections of {@link connectRedisSubscriber}.
 */
export function heardUntil(subscriber: Redis): number {
  return subscriber instanceof RedisConnection ? subscriber.pulse.answeredAt : -Infinity;
}

/** Closes a connection in any state; never waits for a Redis that does not answer. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (isAnswering(redis)) await withinMs(redis.quit(), QUIT_MS);
  redis.disconnect();
}

/** Resolves when `work` settles, or after `ms`. */
async function withinMs(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}

/**
 * Receives the messages of `channel`. Whenever Redis has confirmed that, first or after it was silent, `onMaybeMissed` is
 * called: messages until then may not have been heard, and only a state that is read from now on is sure to be followed.
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
  let isBeginning = false;
  const begin = () => {
    if (isBeginning) return;
    isBeginning = true;
    const begun = () => (isBeginning = false);
    subscriber
      .subscribe(channel)
      .finally(begun)
      .then(onMaybeMissed, () => undefined);
  };
  subscriber.on('message', hear);
  const offAnswering = onAnswering(subscriber, begin);
  if (subscriber.status === 'ready') begin();
  return async () => {
    subscriber.off('message', hear);
    offAnswering();
    // While Redis is away there is nothing to end, and the command would wait for it to come back.
    if (isAnswering(subscriber)) await withinMs(subscriber.unsubscribe(channel), QUIT_MS);
  };
}

/** Resolves when all subscriptions so far are confirmed; after `ms` in any case. */
export async function whenListening(subscriber: Redis, ms: number): Promise<void> {
  const late = new AbortController();
  const confirm = async () => {
    if (subscriber.status !== 'ready') await once(subscriber, 'ready', { signal: late.signal });
    await subscriber.ping(); // answered behind the subscriptions
  };
  await withinMs(confirm(), ms);
  late.abort();
}
