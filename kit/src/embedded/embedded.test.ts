/** The embedded servers as standalone and fault tests use them: killed, stopped, left behind, started again. */
import { eventually } from '../testing/eventually';
import { NODE_FLAGS } from '../testing/test-process';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { createLogger } from '../logging';
import { isAlive } from '../process/owner-file';
import { closeRedis, connectRedis } from '../redis';
import { sharedBuffers, startPostgres } from './postgres';
import { redisUrlIn, startRedis } from './redis';
import { findRedis } from './redis-binary';

const run = promisify(execFile);

let dir: string;
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'chat-embedded-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

async function sql(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function redisCommand(url: string, ...[name, ...args]: [string, ...string[]]): Promise<unknown> {
  const redis = new Redis(url, { retryStrategy: () => null });
  try {
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
}

/** Starts both in a process of its own, which then is killed and cannot stop them. */
async function startAndAbandon(folder: string): Promise<{ pids: number[] }> {
  const script = `
    const { startPostgres } = require(${JSON.stringify(require.resolve('./postgres'))});
    const { startRedis } = require(${JSON.stringify(require.resolve('./redis'))});
    (async () => {
      const postgres = await startPostgres({ dir: ${JSON.stringify(join(folder, 'postgres'))} });
      const redis = await startRedis({ dir: ${JSON.stringify(join(folder, 'redis'))} });
      process.stdout.write(JSON.stringify({ pids: [postgres.pid, redis.pid] }), () => process.kill(process.pid, 'SIGKILL'));
    })();`;
  const args = [...NODE_FLAGS, '-e', script];
  const ended = await run(process.execPath, args).catch((error: Error & { stdout: string; stderr: string }) => error);
  return JSON.parse(ended.stdout) as { pids: number[] };
}

describe('embedded PostgreSQL', () => {
  it('keeps its data and its address through a crash and an orderly stop', async () => {
    await using postgres = await startPostgres({ dir: join(dir, 'postgres') });
    await sql(postgres.url, 'create table kept (n int); insert into kept values (1)');
    await postgres.kill();
    await expect(sql(postgres.url, 'select 1')).rejects.toThrow();
    await postgres.start();
    await sql(postgres.url, 'insert into kept values (2)');
    await postgres.stop();
    await postgres.start();
    expect(await sql(postgres.url, 'select n from kept order by n')).toEqual([{ n: 1 }, { n: 2 }]);
    const cache = `select setting::integer * 8 / 1024 as size from pg_settings where name = 'shared_buffers'`;
    expect(await sql(postgres.url, cache)).toEqual([{ size: sharedBuffers() }]);
  });

  it('has a cache of an eighth of the memory, within bounds', () => {
    const gigabyte = 2 ** 30;
    expect([0.25, 1, 2, 6, 8, 64].map((memory) => sharedBuffers(memory * gigabyte))).toEqual([
      128, 128, 256, 768, 1024, 1024,
    ]);
  });

  it('refuses connections without its password', async () => {
    await using postgres = await startPostgres({ dir: join(dir, 'postgres'), isThrowaway: true });
    const guess = new URL(postgres.url);
    guess.password = 'postgres';
    await expect(sql(guess.href, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('comes back by itself when it dies unasked', async () => {
    await using postgres = await startPostgres({ dir: join(dir, 'postgres'), isThrowaway: true });
    const before = postgres.pid!;
    process.kill(before, 'SIGKILL');
    await eventually(async () => {
      await sql(postgres.url, 'select 1');
      expect(postgres.pid).not.toBe(before);
    }, 'another PostgreSQL process that answers');
  });
});

describe('embedded Redis', () => {
  it('keeps its data and its address through a stop, and starts empty where it is for throwing away', async () => {
    const kept: Record<string, unknown> = {};
    for (const isThrowaway of [false, true]) {
      await using redis = await startRedis({ dir: join(dir, String(isThrowaway)), isThrowaway });
      await redisCommand(redis.url, 'set', 'key', 'value');
      expect(await redisUrlIn(join(dir, String(isThrowaway)))).toBe(redis.url);
      await redis.stop();
      await redis.start();
      kept[String(isThrowaway)] = await redisCommand(redis.url, 'get', 'key');
    }
    expect(kept).toEqual({ false: 'value', true: null });
  });

  it('is missed once in the log of who is connected, however often it is tried, and once said to be back', async () => {
    await using redis = await startRedis({ dir: join(dir, 'missed'), isThrowaway: true });
    const log = createLogger('test', 'silent');
    const [missed, isBack] = [jest.spyOn(log, 'warn'), jest.spyOn(log, 'info')];
    const connection = connectRedis(redis.url, log);
    await once(connection, 'ready');
    await redis.stop();
    for (let attempt = 0; attempt < 3; attempt++) await once(connection, 'error');
    // Not `once(connection, 'ready')`: it rejects if one more attempt fails before Redis accepts connections.
    await redis.start();
    await eventually(() => expect(isBack).toHaveBeenCalledTimes(1), 'the log line about the return of Redis');
    await redisCommand(redis.url, 'ping');
    expect([missed.mock.calls.length, isBack.mock.calls.length]).toEqual([1, 1]);
    await closeRedis(connection);
  });

  it('says how to get one where there is none and none can be fetched', async () => {
    const search = findRedis({ path: join(dir, 'nothing'), cache: '/dev/null/cache' });
    await expect(search).rejects.toThrow(/apt-get install redis-server[\s\S]*REDIS_URL/);
  });
});

it('stops servers that a killed process left behind, and finds their data', async () => {
  const { pids } = await startAndAbandon(dir);
  expect(pids.map(isAlive)).toEqual([true, true]);
  await using postgres = await startPostgres({ dir: join(dir, 'postgres') });
  await using redis = await startRedis({ dir: join(dir, 'redis') });
  expect(pids.map(isAlive)).toEqual([false, false]);
  await Promise.all([sql(postgres.url, 'select 1'), redisCommand(redis.url, 'ping')]);
  expect(await readFile(join(dir, 'postgres/postgres.log'), 'utf8')).not.toContain('not properly shut down');
});
