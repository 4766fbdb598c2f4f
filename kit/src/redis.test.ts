/** The effect of a hanging, partitioned or slow Redis on its users. With a real Redis that is stopped, and links that are disturbed. */
import { createLogger } from './logging';
import { closeRedis, connectRedis, connectRedisSubscriber, heardUntil, isAnswering, listen, type Redis } from './redis';
import { startRedis } from './embedded/redis';
import type { EmbeddedService } from './embedded/service';
import { eventually } from './testing/eventually';
import { TcpProxy } from './testing/tcp-proxy';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const log = createLogger('test', 'silent');
/** The error of a command that Redis does not answer, as clients see it. */
const isAway = { message: expect.stringContaining('does not answer'), extensions: { code: 'SERVICE_UNAVAILABLE' } };
const started = new AsyncDisposableStack();
let server: EmbeddedService;
let proxy: TcpProxy;
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'chat-redis-'));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  server = started.use(await startRedis({ dir, isThrowaway: true }));
  proxy = started.use(await TcpProxy.start(server.url));
}, 60_000);
afterAll(() => started.disposeAsync(), 60_000);

/** Runs `work` and says how long it took, in milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work().catch(() => undefined);
  return performance.now() - began;
}

const faults: [string, () => void, () => void][] = [
  ['is stopped', () => process.kill(server.pid!, 'SIGSTOP'), () => process.kill(server.pid!, 'SIGCONT')],
  ['is partitioned', () => proxy.freeze(), () => proxy.thaw()],
  ['is slow', () => proxy.delay(400), () => proxy.delay(0)],
];

describe.each(faults)('while Redis %s', (fault, begin, end) => {
  let redis: Redis;
  let subscriber: Redis;
  beforeEach(async () => {
    redis = connectRedis(proxy.url, log);
    subscriber = connectRedisSubscriber(proxy.url, log);
    await eventually(async () => isAnswering(redis) && isAnswering(subscriber) && heardUntil(subscriber) > 0);
  });
  afterEach(async () => {
    end();
    await Promise.all([closeRedis(redis), closeRedis(subscriber)]);
  });

  test('the first command is rejected in time, and later ones at once, until it answers again', async () => {
    await redis.set('key', 'before');
    begin();
    const first = redis.set('key', 'meanwhile').then(
      () => 'done',
      () => 'rejected',
    );
    await eventually(async () => !isAnswering(redis));
    if (fault !== 'is slow') expect(await first).toBe('rejected');
    const costs = [
      await timed(() => redis.get('key')),
      await timed(() => redis.pipeline().get('key').get('key').exec()),
      await timed(() => redis.multi().get('key').exec()),
    ];
    expect(Math.max(...costs)).toBeLessThan(50);
    await expect(redis.get('key')).rejects.toMatchObject(isAway);
    await expect(redis.multi().get('key').exec()).rejects.toMatchObject(isAway);
    const results = await redis.pipeline().get('key').exec();
    expect(results?.[0]?.[0]).toBeInstanceOf(Error);
    end();
    await eventually(async () => isAnswering(redis));
    await redis.set('key', 'after');
    expect(await redis.get('key')).toBe('after');
  });

  test('a subscriber knows that it hears nothing, and hears again afterwards', async () => {
    const heard: string[] = [];
    let confirmations = 0;
    const stop = listen(
      subscriber,
      'channel',
      (text) => heard.push(text),
      () => confirmations++,
    );
    await eventually(async () => confirmations > 0);
    begin();
    await eventually(async () => !isAnswering(subscriber));
    end();
    await eventually(async () => isAnswering(subscriber));
    const publisher = connectRedis(server.url, log);
    await eventually(async () => {
      await publisher.publish('channel', 'again');
      return heard.includes('again');
    });
    await stop();
    await closeRedis(publisher);
  });

  test('connections close without waiting for it', async () => {
    begin();
    await eventually(async () => !isAnswering(subscriber));
    expect(await timed(() => Promise.all([closeRedis(redis), closeRedis(subscriber)]))).toBeLessThan(2_000);
  });
});

test('a connection that stays silent is replaced', async () => {
  const redis = connectRedis(proxy.url, log);
  await eventually(async () => isAnswering(redis) && proxy.links.length > 0);
  for (const link of proxy.links) link.freeze(); // a new link goes through
  await eventually(async () => !isAnswering(redis));
  await eventually(async () => isAnswering(redis));
  expect(await redis.ping()).toBe('PONG');
  await closeRedis(redis);
}, 20_000);

test('commands whose connection is cut are rejected, even if the next one stands at once', async () => {
  const redis = connectRedis(proxy.url, log);
  await redis.set('key', 'before');
  proxy.freeze();
  const commands = [redis.get('key'), redis.pipeline().get('key').exec(), redis.multi().get('key').exec()];
  await new Promise(setImmediate); // they are sent
  proxy.cut();
  proxy.thaw();
  const [get, pipeline, multi] = await Promise.allSettled(commands);
  expect(get).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('closed') as string } });
  expect(pipeline).toMatchObject({ status: 'fulfilled', value: [[expect.any(Error)]] });
  expect(multi).toMatchObject({ status: 'rejected' });
  expect(await redis.get('key')).toBe('before');
  await closeRedis(redis);
});

test('commands that are given before the first connection stands are answered', async () => {
  const redis = connectRedis(server.url, log);
  expect(await redis.set('early', '1')).toBe('OK');
  await closeRedis(redis);
});

test('a process that is busy does not take its own silence for that of Redis', async () => {
  const lines: string[] = [];
  const told = { ...log, warn: (_: object, line: string) => lines.push(line) } as unknown as typeof log;
  const redis = connectRedis(server.url, told);
  try {
    for (let round = 0; round < 4; round++) {
      const until = performance.now() + 600;
      while (performance.now() < until);
      await new Promise(setImmediate);
    }
    await eventually(() => isAnswering(redis));
    expect(await redis.ping()).toBe('PONG');
    expect(lines).toEqual([]);
  } finally {
    await closeRedis(redis);
  }
});
