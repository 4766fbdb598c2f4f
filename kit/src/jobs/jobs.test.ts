/** Jobs over real PostgreSQL: enqueued with their transaction, and done even if their process or PostgreSQL dies. */
import { once, EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { Database } from '../database/database';
import { createLogger } from '../logging';
import { eventually } from '../testing/eventually';
import { createTestDatabase, type TestDatabase } from '../testing/test-database';
import { Jobs } from './jobs';
import { WorkerLease } from './worker-lease';

const log = createLogger('test', 'silent');
let testDatabase: TestDatabase;
let database: Database;
const started: Jobs[] = [];

const open = (url: string) => Database.open({ url, schema: 'jobs', entities: [], migrations: [], log });

beforeAll(async () => {
  testDatabase = await createTestDatabase('jobs', async (url) => {
    await using migrated = await open(url);
    await using jobs = new Jobs('test', migrated, log);
    await migrated.ready(() => jobs.migrate());
  });
  database = await open(testDatabase.url);
  await database.ready();
});
afterEach(async () => {
  for (const jobs of started.splice(0)) await jobs[Symbol.asyncDispose]();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
});

const newJobs = () => {
  const jobs = new Jobs('test', database, log);
  started.push(jobs);
  return jobs;
};

async function query(sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: testDatabase.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The rows that a kill leaves behind: a job and its queue, locked by a dead worker. One transaction, so that no sweep sees half of it. */
async function leaveLocked(task: string, owner: string): Promise<void> {
  const locked = `locked_by = '${owner}', locked_at = now() - interval '1 minute'`;
  await query(`update graphile_worker._private_job_queues set ${locked};
    update graphile_worker._private_jobs set ${locked}
    where task_id = (select id from graphile_worker._private_tasks where identifier = '${task}')`);
}

test('a job exists if and only if its transaction commits', async () => {
  const jobs = newJobs();
  const done: string[] = [];
  const doing = new EventEmitter();
  const enqueue = (name: string, fails: boolean) =>
    database.fork().transactional(async (tx) => {
      await jobs.enqueue(tx, 'note', { name });
      if (fails) throw new Error('rolled back');
    });
  await expect(enqueue('first', true)).rejects.toThrow('rolled back');
  await enqueue('second', false);
  const noted = once(doing, 'note');
  await jobs.start({
    note: async ({ name }: { name: string }) => {
      done.push(name);
      doing.emit('note');
    },
  });
  await noted;
  expect(done).toEqual(['second']);
});

test('jobs that a killed process had begun are done by another, those of a living one are not', async () => {
  const living = newJobs();
  const other = newJobs();
  let slowRuns = 0;
  const events = new EventEmitter();
  const tasks = {
    slow: async (_: object, { signal }: { signal: AbortSignal }) => {
      slowRuns++;
      events.emit('begun');
      await once(events, 'finish', { signal });
      events.emit('ended');
    },
    quick: async () => void events.emit('quick'),
  };
  const begun = once(events, 'begun');
  await living.start(tasks, { concurrency: 1, renewMs: 50, leaseMs: 1000 });
  await living.enqueue(database.fork(), 'slow', {});
  await begun;

  await other.enqueue(database.fork(), 'quick', {}, { queue: 'line' });
  await leaveLocked('test:quick', 'pool-killed');
  await query(
    `update graphile_worker._private_jobs set locked_at = now() - interval '1 minute' where locked_by is not null`,
  );
  const quick = once(events, 'quick');
  await other.start(tasks, { renewMs: 50, leaseMs: 1000 });
  await quick;
  expect(slowRuns).toBe(1);
  const ended = once(events, 'ended');
  events.emit('finish');
  await ended;
  expect(slowRuns).toBe(1);
});

test('a process does not take its own jobs for those of a killed one', async () => {
  await newJobs().enqueue(database.fork(), 'long', {});
  await leaveLocked('test:long', 'pool-own');
  const runningIds = (await query('select id from graphile_worker.jobs')).map((row) => (row as { id: string }).id);
  const lease = new WorkerLease(database, 'pool-own', () => ({ runningIds }), log, { renewMs: 20, leaseMs: 60 });
  await lease.held;
  const isOld = `select from job_workers.lease where worker_id = 'pool-own' and expires_at > '${new Date(Date.now() + 300).toISOString()}'`;
  await eventually(async () => (await query(isOld)).length > 0); // it has looked for jobs of the dead several times by now
  expect(await query('select locked_by from graphile_worker.jobs')).toContainEqual({ locked_by: 'pool-own' });
  await lease[Symbol.asyncDispose]();
  expect(await query('select locked_by from graphile_worker.jobs')).not.toContainEqual({ locked_by: 'pool-own' });
});

test('work goes on after all connections were lost', async () => {
  const jobs = newJobs();
  const events = new EventEmitter();
  await jobs.start({ note: async () => void events.emit('note') });
  await query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  const noted = once(events, 'note');
  // The pool may give out connections that it has not yet seen closing, one after the other.
  const enqueue = (): Promise<void> => jobs.enqueue(database.fork(), 'note', {}).catch(enqueue);
  await enqueue();
  await noted;
});

test('an end at any moment of the start logs nothing and leaves no lease', async () => {
  const lines: string[] = [];
  const noting = createLogger('test', 'warn', { write: (line: string) => void lines.push(line) });
  for (const pauseMs of [0, 1, 2, 4, 6, 8, 10, 15, 20, 30, 40]) {
    const own = await Database.open({
      url: testDatabase.url,
      schema: 'jobs',
      entities: [],
      migrations: [],
      log: noting,
    });
    await own.ready();
    const jobs = new Jobs('test', own, noting);
    const starting = jobs.start({ note: () => Promise.resolve() });
    await pause(pauseMs);
    await jobs[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
    await starting;
  }
  expect(lines).toEqual([]);
  expect(await query('select * from job_workers.lease')).toEqual([]);
});
