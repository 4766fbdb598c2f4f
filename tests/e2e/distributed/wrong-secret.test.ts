/** A process with another SECRET_KEY than the running ones ends before it serves anything, so that ChatProcessDown names it. */
import { KeyAgreement } from '@chat/kit/auth/key-agreement';
import { createLogger } from '@chat/kit/logging';
import { testEnvironment } from '@chat/kit/testing/environment';
import { TestProcess } from '@chat/kit/testing/test-process';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';

test('it says whose key differs, and how to change a key', async () => {
  const redis = { redisUrl: testRedisUrl(), redisPrefix: testRedisPrefix() };
  const secret = 'the secret of all other processes, 32 characters';
  const log = createLogger('test', 'silent');
  await using _running = await KeyAgreement.join({ ...redis, secret, component: 'messaging', log });
  const env = {
    DATABASE_URL: testEnvironment().postgresUrl,
    REDIS_URL: redis.redisUrl,
    REDIS_PREFIX: redis.redisPrefix,
    SECRET_KEY: 'another secret, in the settings of one process only',
  };
  const startAndEnd = async (folder: string) => {
    await using wrong = new TestProcess({ args: [`${folder}/src/main.ts`], env });
    expect(await wrong.exited).toEqual({ code: 1, signal: null });
    expect(wrong.output).toMatch(
      /^SECRET_KEY differs from that of messaging on .*SECRET_KEY_FALLBACKS.*upgrades\.md\.$/m,
    );
    expect(wrong.output).not.toContain('"msg":"listening"');
  };
  await Promise.all(['gateway', 'subgraphs/identity'].map(startAndEnd));
});
