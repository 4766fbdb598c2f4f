/**
 * The bell that says "what this account may do has changed": a membership, role or grant was given or taken.
 * It carries no decision. Whoever holds something open for the account asks again.
 */
import type { Redis } from 'ioredis';
import { unsubscribe } from '../redis';

/** `userId` is absent where changes may have been missed: then everybody must be asked about again. */
export interface AccessChange {
  userId?: string;
}

const CHANNEL = 'access-changes';

/** Rings for each account; call it after commit and before the mutation answers. @throws where Redis is away. */
export async function publishAccessChanges(redis: Redis, userIds: readonly string[], prefix = ''): Promise<void> {
  await Promise.all(userIds.map((userId) => redis.publish(prefix + CHANNEL, JSON.stringify({ userId }))));
}

/** Hears every ring. `subscriber` is a connection that is used for subscribing only; after it was away, one change without `userId` comes. */
export function watchAccessChanges(
  subscriber: Redis,
  listener: (change: AccessChange) => void,
  prefix = '',
): () => Promise<void> {
  const channel = prefix + CHANNEL;
  let wasReady = subscriber.status === 'ready';
  const onMessage = (from: string, text: string) => {
    if (from === channel) listener(JSON.parse(text) as AccessChange);
  };
  const onReady = () => {
    if (wasReady) listener({});
    wasReady = true;
  };
  subscriber.on('message', onMessage);
  subscriber.on('ready', onReady);
  void subscriber.subscribe(channel).catch(() => undefined); // ioredis subscribes again by itself when it is back
  return async () => {
    subscriber.off('message', onMessage);
    subscriber.off('ready', onReady);
    await unsubscribe(subscriber, channel);
  };
}
