/**
 * Notifications that the access of an account has changed: a membership, role or grant was given or taken. They carry no decision;
 * a process with open subscriptions of the account authorises them again.
 */
import type { Redis } from 'ioredis';
import { listen } from '@chat/kit/redis';

/** Without `userId`, changes may have been missed, so the access of all accounts must be checked again. */
export interface AccessChange {
  userId?: string;
  /** The account was deactivated or deleted. */
  isOut?: boolean;
}

const CHANNEL = 'access-changes';

/** Publishes one change per account. Call it after commit and before the mutation answers. @throws if Redis does not answer */
export async function publishAccessChanges(
  redis: Redis,
  userIds: readonly string[],
  prefix = '',
  more: Pick<AccessChange, 'isOut'> = {},
): Promise<void> {
  await Promise.all(userIds.map((userId) => redis.publish(prefix + CHANNEL, JSON.stringify({ userId, ...more }))));
}

/** Calls `listener` for every change. `subscriber` is a connection for subscribing only; when it (re)connects, a change without `userId` follows. */
export function watchAccessChanges(
  subscriber: Redis,
  listener: (change: AccessChange) => void,
  prefix = '',
): () => Promise<void> {
  const onMessage = (text: string) => listener(JSON.parse(text) as AccessChange);
  return listen(subscriber, prefix + CHANNEL, onMessage, () => listener({}));
}
