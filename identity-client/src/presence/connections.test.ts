/** The registry of live connections over a real Redis, while gateways start, stop, crash and find Redis empty. */
import { Redis } from 'ioredis';
import { createLogger } from '@chat/kit/logging';
import { whenListening } from '@chat/kit/redis';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import {
  BEATS_KEY,
  connectedAmong,
  ConnectionRegistry,
  connectionsOf,
  sweepConnections,
  watchConnections,
} from './connections';

const log = createLogger('test', 'silent');
let redis: Redis;
let subscriber: Redis;
let prefix: string;

beforeEach(() => {
  redis = new Redis(testRedisUrl());
  subscriber = new Redis(testRedisUrl());
  prefix = testRedisPrefix();
});

afterEach(() => {
  redis.disconnect();
  subscriber.disconnect();
});

const idsOf = async (userId: string) =>
  (await connectionsOf(redis, userId, prefix)).map(({ connectionId }) => connectionId);

test('readers see open connections of all gateways, and no closed ones', async () => {
  await using one = new ConnectionRegistry(redis, log, prefix);
  await using two = new ConnectionRegistry(redis, log, prefix);
  one.connected('ada', '1');
  one.connected('ada', '2');
  two.connected('ada', '3');
  await Promise.all([one.settled(), two.settled()]);
  expect((await idsOf('ada')).sort()).toEqual(['1', '2', '3']);
  one.disconnected('ada', '1');
  await one.settled();
  expect((await idsOf('ada')).sort()).toEqual(['2', '3']);
  await two[Symbol.asyncDispose]();
  expect(await idsOf('ada')).toEqual(['2']);
});

test('readers are notified of the first connection and of the end of the last one', async () => {
  const heard: (string | undefined)[] = [];
  await using registry = new ConnectionRegistry(redis, log, prefix);
  await registry.settled();
  const stop = watchConnections(subscriber, ({ userId }) => heard.push(userId), prefix);
  await whenListening(subscriber, 10_000);
  for (const step of [
    () => registry.connected('ada', '1'),
    () => registry.connected('ada', '2'),
    () => registry.disconnected('ada', '1'),
    () => registry.disconnected('ada', '2'),
  ]) {
    step();
    await registry.settled();
  }
  await subscriber.ping();
  expect(heard).toEqual([undefined, 'ada', 'ada']);
  await stop();
});

test('entries of a crashed gateway are ignored and deleted', async () => {
  await using registry = new ConnectionRegistry(redis, log, prefix);
  registry.connected('ada', '1');
  await registry.settled();
  expect(await connectedAmong(redis, ['eve', 'ada'], prefix)).toEqual(new Set(['ada']));
  await redis.zadd(`${prefix}connections:gateways`, Date.now() - 1, registry.gatewayId);
  expect(await idsOf('ada')).toEqual([]);
  expect(await connectedAmong(redis, ['eve', 'ada'], prefix)).toEqual(new Set());
  expect(await connectedAmong(redis, [], prefix)).toEqual(new Set());
  await sweepConnections(redis, prefix);
  const left = await redis.keys(`${prefix}*`);
  expect(left.filter((key) => key !== prefix + BEATS_KEY)).toEqual([]); // only a real crash ends the pulses
});

test('thousands come and go in groups, each is notified, and other connections stay', async () => {
  const ids = Array.from({ length: 600 }, (_, index) => `user-${index}`);
  await using one = new ConnectionRegistry(redis, log, prefix);
  await using two = new ConnectionRegistry(redis, log, prefix);
  await Promise.all([one.settled(), two.settled()]);
  const heard: (string | undefined)[] = [];
  const stop = watchConnections(subscriber, ({ userId }) => heard.push(userId), prefix);
  await whenListening(subscriber, 10_000);
  await subscriber.ping();
  heard.length = 0;
  const messages = jest.fn();
  subscriber.on('message', messages);

  for (const id of ids) one.connected(id, id);
  for (const id of ids) if (id.endsWith('7')) two.connected(id, `other-${id}`);
  await Promise.all([one.settled(), two.settled()]);
  await subscriber.ping();
  expect(heard.sort()).toEqual([...ids, ...ids.filter((id) => id.endsWith('7'))].sort());
  expect(messages.mock.calls.length).toBeLessThan(10);
  expect(await connectedAmong(redis, ids, prefix)).toEqual(new Set(ids));

  heard.length = 0;
  await redis.zadd(`${prefix}connections:gateways`, Date.now() - 1, one.gatewayId); // it has crashed
  await sweepConnections(redis, prefix);
  await subscriber.ping();
  expect(heard.sort()).toEqual([...ids].sort());
  expect(await idsOf('user-7')).toEqual(['other-user-7']);
  expect(await redis.exists(`${prefix}connections:user:user-8`, `${prefix}connections:users:${one.gatewayId}`)).toBe(0);
  await stop();
});

test('what Redis refused is written later, and other processes hear of it once', async () => {
  await using registry = new ConnectionRegistry(redis, log, prefix);
  await registry.settled();
  const heard: (string | undefined)[] = [];
  const stop = watchConnections(subscriber, ({ userId }) => heard.push(userId), prefix);
  await whenListening(subscriber, 10_000);
  const refused = jest.spyOn(redis, 'eval').mockRejectedValueOnce(new Error('OOM'));
  registry.connected('ada', '1');
  await registry.settled();
  expect(await idsOf('ada')).toEqual([]);
  registry.beat();
  registry.beat();
  await registry.settled();
  expect(await idsOf('ada')).toEqual(['1']);
  await subscriber.ping();
  expect(heard.filter((id) => id === 'ada')).toHaveLength(1);
  refused.mockRestore();
  await stop();
});

test('notifications of earlier releases are understood', async () => {
  const heard: (string | undefined)[] = [];
  const stop = watchConnections(subscriber, ({ userId }) => heard.push(userId), prefix);
  await whenListening(subscriber, 10_000);
  await redis.publish(`${prefix}connections`, JSON.stringify({ userId: 'ada' }));
  await subscriber.ping();
  expect(heard.at(-1)).toBe('ada');
  await stop();
});

test('a gateway writes its entries again after Redis has lost them', async () => {
  await using registry = new ConnectionRegistry(redis, log, prefix);
  registry.connected('ada', '1');
  await registry.settled();
  await redis.del(...(await redis.keys(`${prefix}*`)));
  registry.beat();
  await registry.settled();
  expect(await idsOf('ada')).toEqual(['1']);
});

test('the limit applies to all gateways together, without crashed ones', async () => {
  await using one = new ConnectionRegistry(redis, log, prefix);
  await using two = new ConnectionRegistry(redis, log, prefix);
  await Promise.all([one.settled(), two.settled()]);
  expect(await Promise.all([one.admits('user:ada', 1, 2), two.admits('user:ada', 1, 2)])).toEqual([true, true]);
  expect(await two.admits('user:ada', 2, 2)).toBe(false);
  two.holds('user:ada', 1);
  expect(await one.admits('user:bob', 1, 1)).toBe(true);

  one.holds('user:ada', 0);
  await one.settled();
  expect(await two.admits('user:ada', 2, 2)).toBe(true);
  expect(await one.admits('user:ada', 1, 2)).toBe(false);
  one.holds('user:ada', 0);

  await redis.zadd(`${prefix}connections:gateways`, Date.now() - 1, two.gatewayId);
  expect(await one.admits('user:ada', 1, 2)).toBe(true);
  await sweepConnections(redis, prefix);
  expect(await redis.hkeys(`${prefix}connections:count:user:ada`)).toEqual([one.gatewayId]);
});

test('a gateway counts alone while Redis does not answer, and together with others afterwards', async () => {
  const away = new Redis(testRedisUrl(), { lazyConnect: true });
  await using one = new ConnectionRegistry(away, log, prefix);
  await using two = new ConnectionRegistry(redis, log, prefix);
  await two.settled();
  away.disconnect();
  await one.settled();
  expect(await one.admits('user:ada', 1, 1)).toBe(true);
  one.connected('ada', '1');
  await one.settled();
  await away.connect();
  one.beat();
  await one.settled();
  expect(await two.admits('user:ada', 1, 1)).toBe(false);
  expect(await idsOf('ada')).toEqual(['1']);
  await one[Symbol.asyncDispose]();
  away.disconnect();
});
