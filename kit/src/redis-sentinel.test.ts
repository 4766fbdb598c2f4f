/** Connections by Sentinel: they follow a fail-over of real servers, and survive Sentinels that do not answer. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createLogger } from './logging';
import { closeRedis, connectRedis, connectRedisSubscriber, isAnswering, listen } from './redis';
import { eventually } from './testing/eventually';
import { testRedisUrl } from './testing/test-redis';
import { startRedisSentinels } from './testing/redis-sentinels';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

test('commands and messages go on at the new master', async () => {
  const log = createLogger('test', 'silent');
  const dir = await mkdtemp(join(tmpdir(), 'chat-sentinels-'));
  await using parts = new AsyncDisposableStack();
  parts.defer(() => rm(dir, { recursive: true, force: true }));
  const sentinels = parts.use(await startRedisSentinels(dir));
  const redis = parts.adopt(connectRedis(sentinels.url, log), closeRedis);
  const subscriber = parts.adopt(connectRedisSubscriber(sentinels.url, log), closeRedis);
  const heard: string[] = [];
  let doubts = 0;
  parts.defer(
    listen(
      subscriber,
      'channel',
      (text) => heard.push(text),
      () => doubts++,
    ),
  );
  const isHeard = (text: string) =>
    eventually(
      async () => {
        await redis.publish('channel', text);
        return heard.includes(text);
      },
      `the message ${text}`,
      60_000,
    );
  await isHeard('before');
  const before = doubts;
  await sentinels.killMaster();
  await isHeard('after');
  expect(doubts).toBeGreaterThan(before); // readers of the database are told to look for what they have missed
  await redis.set('key', 'after');
  expect(await redis.get('key')).toBe('after');
}, 180_000);

test('a connection outlives Sentinels that are silent for longer than a Redis may be', async () => {
  const { port, password } = new URL(testRedisUrl());
  const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
  let asked = 0;
  // The first questions get no answer: their deadlines outlast the patience of the pulse.
  const sentinel = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      for (const command of data.toString().split(/(?=^\*\d+\r$)/m)) {
        if (/get-master-addr-by-name/.test(command)) {
          if (++asked > 3) socket.write(`*2\r\n${bulk('127.0.0.1')}${bulk(port)}`);
        } else socket.write(/sentinels/i.test(command) ? '*0\r\n' : '+OK\r\n');
      }
    });
  }).listen(0, '127.0.0.1');
  await once(sentinel, 'listening');
  const { port: sentinelPort } = sentinel.address() as AddressInfo;
  const redis = connectRedis(
    `redis+sentinel://:${password}@127.0.0.1:${sentinelPort}/chat`,
    createLogger('test', 'silent'),
  );
  try {
    await eventually(() => isAnswering(redis) && asked > 3, 'the master after silent Sentinels');
    expect(await redis.ping()).toBe('PONG');
  } finally {
    await closeRedis(redis);
    sentinel.close();
  }
}, 60_000);
