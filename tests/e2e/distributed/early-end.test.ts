/** SIGTERM in the first second of a process, at moments of its start: it ends in order, with 0, and logs no error. */
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { TestProcess } from '@chat/kit/testing/test-process';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { setTimeout as later } from 'node:timers/promises';

/** After the process listens, in milliseconds: while it migrates, while its jobs start, and when it is ready. */
const MOMENTS = [0, 150, 400, 1_000];

test('a process that is stopped while it starts ends with 0 and without an error in its log', async () => {
  await using database = await createTestDatabase('empty', () => Promise.resolve());
  const env = {
    DATABASE_URL: database.url,
    REDIS_URL: testRedisUrl(),
    REDIS_PREFIX: testRedisPrefix(),
    SECRET_KEY: 'a secret of processes that end early, 32 characters',
  };
  for (const moment of MOMENTS) {
    await using messaging = new TestProcess({ args: ['subgraphs/messaging/src/main.ts'], env });
    await messaging.waitFor(/"msg":"listening"/);
    await later(moment);
    messaging.signal('SIGTERM');
    expect([moment, await messaging.exited]).toEqual([moment, { code: 0, signal: null }]);
    expect(messaging.output).not.toMatch(/"level":(50|60)/);
  }
}, 120_000);
