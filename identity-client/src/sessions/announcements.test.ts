/** Revocations and access changes over a real Redis. */
import { eventually } from '@chat/kit/testing/eventually';
import type { Redis } from 'ioredis';
import { createLogger } from '@chat/kit/logging';
import { closeRedis, connectRedis, connectRedisSubscriber, whenListening } from '@chat/kit/redis';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { publishAccessChanges, watchAccessChanges, type AccessChange } from '../access/access-changes';
import { Revocations, RevocationWriter } from './revocations';

const log = createLogger('test', 'silent');

describe('over Redis', () => {
  const prefix = testRedisPrefix();
  let redis: Redis;
  let subscriber: Redis;

  beforeEach(() => {
    redis = connectRedis(testRedisUrl(), log);
    subscriber = connectRedisSubscriber(testRedisUrl(), log);
  });
  afterEach(() => Promise.all([closeRedis(redis), closeRedis(subscriber)]));

  test('a revocation reaches current listeners, later ones, and those that were disconnected', async () => {
    const writer = new RevocationWriter(redis, prefix);
    await using listening = new Revocations(redis, subscriber, log, prefix);
    const heard = new Promise((resolve) => listening.onRevoked(resolve));
    await whenListening(subscriber, 10_000);
    await writer.revoke(['a'], Date.now() + 60_000);
    expect(await heard).toEqual({ sessionId: 'a' });
    expect(listening.isRevoked({ sessionId: 'a' })).toBe(true);
    expect(listening.isRevoked({ sessionId: 'b' })).toBe(false);

    subscriber.disconnect(true); // reconnects, and misses messages that are published meanwhile
    const caughtUp = new Promise((resolve) => listening.onRevoked(resolve));
    await writer.revoke(['b'], Date.now() + 60_000);
    expect(await caughtUp).toEqual({ sessionId: 'b' });
  });

  test('the list is current once it is complete, while it is listened to, and not after Redis lost its data', async () => {
    const writer = new RevocationWriter(redis, prefix);
    await using listening = new Revocations(redis, subscriber, log, prefix);
    const until = async (isCurrent: boolean) => {
      await eventually(() => listening.isCurrent === isCurrent, `a list that is ${isCurrent ? '' : 'not '}current`);
    };
    await whenListening(subscriber, 10_000);
    await writer.revoke(['c'], Date.now() + 60_000);
    await redis.ping();
    expect(listening.isCurrent).toBe(false);
    await writer.markComplete();
    await until(true);

    subscriber.disconnect(true);
    await until(false);
    await until(true);

    await redis.del(...(await redis.keys(`${prefix}*`))); // as after a restart of one that keeps nothing
    subscriber.disconnect(true);
    const heard = new Promise((resolve) => listening.onRevoked(resolve));
    await until(false);
    await writer.revoke(['d'], Date.now() + 60_000);
    await heard;
    expect(listening.isCurrent).toBe(false);
    await writer.markComplete();
    await until(true);
    expect(['c', 'd'].map((sessionId) => listening.isRevoked({ sessionId }))).toEqual([true, true]);
  });

  test('a failed read of the list is retried, even without a reconnect', async () => {
    await new RevocationWriter(redis, prefix).markComplete();
    const read = jest.spyOn(redis, 'zrange').mockRejectedValueOnce(new Error('busy'));
    await using listening = new Revocations(redis, subscriber, log, prefix);
    await eventually(() => listening.isCurrent, 'a current list');
    expect(read).toHaveBeenCalledTimes(2);
  });

  test('an access change names its user, and possibly missed changes name none', async () => {
    const changes: AccessChange[] = [];
    let heard: () => void;
    const next = () => new Promise<void>((resolve) => (heard = resolve));
    const stop = watchAccessChanges(subscriber, (change) => (changes.push(change), heard()), prefix);
    await next();
    const second = next();
    await publishAccessChanges(redis, ['u1'], prefix);
    await second;
    const third = next();
    subscriber.disconnect(true);
    await third;
    expect(changes).toEqual([{}, { userId: 'u1' }, {}]);
    await stop();
  });
});
