/** Looks for jobs by the workers of one runner. */
import type { EventEmitter } from 'node:events';
import type { Database } from '../database/database';
import { createLogger } from '../logging';
import { JobPool } from './job-pool';

type Listener = (message: object) => void;

function fakePool(found: { rowCount: number }) {
  const statements: string[] = [];
  const listeners: Listener[] = [];
  let pausesMs = 0;
  const query = async ({ name }: { name: string }) => {
    statements.push(name);
    const { rowCount } = found;
    if (pausesMs > 0) await new Promise((resolve) => setTimeout(resolve, pausesMs));
    return { rows: [], rowCount };
  };
  const database = {
    pool: () => Promise.resolve({ connect: () => Promise.resolve({ query, release: () => undefined }) }),
    notifications: {
      listen: (_channel: string, listener: Listener) => {
        listeners.push(listener);
        return () => undefined;
      },
    },
  } as unknown as Database;
  const pool = new JobPool(database, createLogger('test', 'silent'), new AbortController().signal);
  const ask = (name: string) => pool.query({ name, text: '' });
  return {
    statements,
    look: () => ask('get_job/test'),
    ask,
    listen: () =>
      new Promise<void>((resolve) => void pool.connect((_error: undefined, _client: EventEmitter) => resolve())),
    notify: () => listeners.forEach((listener) => listener({})),
    slow: (ms: number) => (pausesMs = ms),
  };
}

test('after a look that found nothing, others find nothing for two seconds without asking', async () => {
  jest.useFakeTimers();
  try {
    const pool = fakePool({ rowCount: 0 });
    await pool.look();
    await jest.advanceTimersByTimeAsync(1_800);
    expect(await pool.look()).toMatchObject({ rows: [] });
    expect(pool.statements).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(200);
    await pool.look();
    expect(pool.statements).toHaveLength(2);
  } finally {
    jest.useRealTimers();
  }
});

test('a notification, also during a look, and a finished job lead to another look', async () => {
  const pool = fakePool({ rowCount: 0 });
  await pool.listen();
  await pool.look();
  pool.notify();
  await pool.look();
  expect(pool.statements).toHaveLength(2);
  pool.notify();
  pool.slow(20);
  const looking = pool.look();
  await new Promise((resolve) => setTimeout(resolve, 5));
  pool.notify();
  await looking;
  pool.slow(0);
  await pool.look();
  expect(pool.statements).toHaveLength(4);
  await pool.ask('complete_job/test');
  await pool.look();
  expect(pool.statements.filter((name) => name.startsWith('get_job'))).toHaveLength(5);
});

test('looks that find jobs follow each other', async () => {
  const pool = fakePool({ rowCount: 1 });
  for (let count = 0; count < 3; count++) await pool.look();
  expect(pool.statements).toHaveLength(3);
});
