/** One count for all processes in Redis, and a count in memory while Redis does not answer. */
import { once } from 'node:events';
import { FixedWindowLimiter } from './fixed-window-limiter';
import { createLogger } from './logging';
import { closeRedis, connectRedis, type Redis } from './redis';
import { testRedisPrefix, testRedisUrl } from './testing/test-redis';

const log = createLogger('test', 'silent');
let redis: Redis;
const connected = async (): Promise<Redis> => {
  const connection = connectRedis(testRedisUrl(), log);
  await once(connection, 'ready');
  return connection;
};
beforeAll(async () => void (redis = await connected()));
afterAll(() => closeRedis(redis));

describe.each(['Redis', 'memory'])('with the count in %s', (store) => {
  const limiter = (limit: number, keyPrefix = testRedisPrefix(), cachesRefusals = false) =>
    new FixedWindowLimiter({
      keyPrefix,
      limit,
      windowSeconds: 60,
      cachesRefusals,
      ...(store === 'Redis' && { redis }),
    });

  test('a key is refused once its allowance is spent, and another key is not', async () => {
    const limited = limiter(3);
    expect(await limited.take('a', 2)).toMatchObject({ isAllowed: true, remaining: 1 });
    expect(await limited.take('a')).toMatchObject({ isAllowed: true, remaining: 0 });
    const refused = await limited.take('a');
    expect(refused).toMatchObject({ isAllowed: false, remaining: 0 });
    expect(refused.resetMs).toBeGreaterThan(0);
    expect(refused.resetMs).toBeLessThanOrEqual(60_000);
    expect(await limited.take('b')).toMatchObject({ isAllowed: true, remaining: 2 });
  });

  test('an action that is given back can be taken again, and a reset gives back all', async () => {
    const limited = limiter(2);
    await limited.take('a', 2);
    await limited.giveBack('a');
    expect(await limited.take('a')).toMatchObject({ isAllowed: true });
    expect(await limited.take('a')).toMatchObject({ isAllowed: false });
    await limited.reset('a');
    expect(await limited.take('a', 2)).toMatchObject({ isAllowed: true });
  });

  test('a refusal that is cached stays a refusal', async () => {
    const limited = limiter(1, testRedisPrefix(), true);
    for (const isAllowed of [true, false, false, false]) expect(await limited.take('a')).toMatchObject({ isAllowed });
  });
});

test('two processes share the count in Redis', async () => {
  const options = { keyPrefix: testRedisPrefix(), limit: 2, windowSeconds: 60 };
  const other = await connected();
  await new FixedWindowLimiter({ ...options, redis }).take('a', 2);
  expect(await new FixedWindowLimiter({ ...options, redis: other }).take('a')).toMatchObject({ isAllowed: false });
  await closeRedis(other);
});

test('without an answer from Redis the process counts in memory', async () => {
  const away = connectRedis('redis://127.0.0.1:1', log);
  const limited = new FixedWindowLimiter({ keyPrefix: testRedisPrefix(), limit: 1, windowSeconds: 60, redis: away });
  expect(await limited.take('a')).toMatchObject({ isAllowed: true });
  expect(await limited.take('a')).toMatchObject({ isAllowed: false });
  away.disconnect();
});
