/**
 * The bell that says "what this account may do has changed": a membership, role or grant was given or taken.
 * It carries no decision. Whoever holds something open for the account asks again.
 */
import type { Redis } from 'ioredis';
import { listen } from '@chat/kit/redis';

/** `userId` is absent where changes may have been missed: then everybody must be asked about again. */
export interface AccessChange {
  userId?: string;
  /** The account cannot act any more: it was deactivated or deleted. */
  isOut?: boolean;
}

const CHANNEL = 'access-changes';

/** Rings for each account; call it after commit and before the mutation answers. @throws if Redis is away */
export async function publishAccessChanges(
  redis: Redis,
  userIds: readonly string[],
  prefix = '',
  more: Pick<AccessChange, 'isOut'> = {},
): Promise<void> {
  await Promise.all(userIds.map((userId) => redis.publish(prefix + CHANNEL, JSON.stringify({ userId, ...more }))));
}

/** Hears every ring. `subscriber` is a connection that is used for subscribing only; whenever it is there (again), one change without `userId` comes. */
export function watchAccessChanges(
  subscriber: Redis,
  listener: (change: AccessChange) => void,
  prefix = '',
): () => Promise<void> {
  const onMessage = (text: string) => listener(JSON.parse(text) as AccessChange);
  return listen(subscriber, prefix + CHANNEL, onMessage, () => listener({}));
}
