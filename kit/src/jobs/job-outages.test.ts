/** Jobs through outages: real processes, PostgreSQL behind a proxy. No process ends, no job is lost, and queues keep their order. */
import { eventually } from '../testing/eventually';
import { randomBytes } from 'node:crypto';
import { TcpProxy } from '../testing/tcp-proxy';
import { createTestDatabase, type TestDatabase } from '../testing/test-database';
import { TestProcess } from '../testing/test-process';
import { Client } from 'pg';

let testDatabase: TestDatabase;
let proxy: TcpProxy;
const started: TestProcess[] = [];

beforeEach(async () => {
  testDatabase = await createTestDatabase('empty', () => Promise.resolve());
  proxy = await TcpProxy.start(testDatabase.url);
});
afterEach(async () => {
  for (const process of started.splice(0)) {
    process.signal('SIGKILL');
    await process.exited;
  }
  await proxy[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
});

/**
 * A process that runs jobs. Task `note` prints its text, waits `ms`, then asks the database, and fails if it is told to.
 * With `startsInOutage`, it prints "ready" and starts its jobs once the database has become unavailable.
 */
async function worker(url: string, { startsInOutage = false, level = 'silent' } = {}): Promise<TestProcess> {
  const at = (file: string) => JSON.stringify(require.resolve(file));
  const script = `
    const { Database } = require(${at('../database/database')});
    const { Jobs } = require(${at('./jobs')});
    const { createLogger } = require(${at('../logging')});
    const { setTimeout: sleep } = require('node:timers/promises');
    (async () => {
      const log = createLogger('worker', '${level}');
      const database = await Database.open({ url: ${JSON.stringify(url)}, schema: 'work', entities: [], migrations: [], silenceMs: 300, log });
      const jobs = new Jobs('work', database, log);
      // As in a subgraph with a second runner, which looks for its tables when it starts.
      await database.ready(() => new Jobs('work', database, log).migrate());
      if (${startsInOutage}) {
        console.log('ready');
        while (await database.fork().execute('select 1').catch(() => undefined)) await sleep(20);
      }
      await jobs.start({
        note: async ({ text, ms, asks, fails }, { attempt }) => {
          console.log('begun ' + text + ' attempt ' + attempt);
          await sleep(ms);
          if (asks) await database.fork().execute('select 1');
          if (fails && attempt === 1) throw new Error('told to fail');
          console.log('done ' + text);
        },
      }, { concurrency: 2, renewMs: 300, leaseMs: 1200 });
      console.log('started');
    })();`;
  const process = new TestProcess({ args: ['-e', script] });
  started.push(process);
  if (!startsInOutage) await process.waitFor(/started/);
  return process;
}

interface Note {
  text: string;
  ms?: number;
  asks?: boolean;
  fails?: boolean;
  queue?: string;
}

async function enqueue(...notes: Note[]): Promise<void> {
  await sql(async (client) => {
    for (const { queue = null, ms = 0, ...note } of notes)
      await client.query(`select graphile_worker.add_job('work:note', payload => $1::json, queue_name => $2)`, [
        JSON.stringify({ ms, ...note }),
        queue,
      ]);
  });
}

async function sql<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: testDatabase.url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const doneIn = (process: TestProcess) => [...process.output.matchAll(/done (\w+)/g)].map(([, text]) => text);

test.each([
  ['succeeds', { text: 'first', ms: 1500 }],
  ['fails', { text: 'first', ms: 1500, fails: true }],
])('a job that %s while PostgreSQL is away ends no process, and the work goes on', async (_how, note: Note) => {
  const process = await worker(proxy.url);
  await enqueue(note);
  await process.waitFor(/begun first/);
  await proxy.refuse();
  await new Promise((resolve) => setTimeout(resolve, 2500)); // the job ends during the outage
  await proxy.accept();
  await process.waitFor(/done first/);
  await enqueue({ text: 'second' });
  await process.waitFor(/done second/);
  // A task prints before its job is marked as complete, and after an outage that takes a few attempts.
  const unfinished = () => sql((client) => client.query('select task_identifier, attempts from graphile_worker.jobs'));
  await eventually(async () => expect((await unfinished()).rows).toEqual([]), 'the completion of both jobs');
  expect(doneIn(process)).toEqual(['first', 'second']);
});

test('a job that needs PostgreSQL during an outage keeps its place in the queue', async () => {
  const process = await worker(proxy.url);
  await enqueue(...['one', 'two', 'three'].map((text) => ({ text, ms: 500, asks: true, queue: 'line' })));
  await process.waitFor(/begun one/);
  await proxy.refuse();
  await new Promise((resolve) => setTimeout(resolve, 2000)); // it asks during the outage
  await proxy.accept();
  await process.waitFor(/done three/);
  expect(doneIn(process)).toEqual(['one', 'two', 'three']);
});

test('a job whose assignment is lost on its way is done all the same', async () => {
  const process = await worker(proxy.url);
  const cut = proxy.cutAnswerTo(/get_job/);
  await enqueue({ text: 'lost', queue: 'line' }, { text: 'next', queue: 'line' });
  await cut;
  await process.waitFor(/done next/);
  expect(doneIn(process)).toEqual(['lost', 'next']);
});

test('the queue of a process that has stopped is taken over, although its connections stay open', async () => {
  const stopped = await worker(testDatabase.url);
  await enqueue({ text: 'one', ms: 60_000, queue: 'line' }, { text: 'two', queue: 'line' });
  await stopped.waitFor(/begun one/);
  stopped.signal('SIGSTOP');
  await enqueue({ text: 'three', queue: 'line' });
  const living = await worker(testDatabase.url);
  await living.waitFor(/begun one/);
});

test('jobs that start during an outage wait for its end', async () => {
  const process = await worker(proxy.url, { startsInOutage: true, level: 'warn' });
  await process.waitFor(/ready/);
  await proxy.refuse();
  await process.waitFor(/PostgreSQL is not reachable/);
  await enqueue({ text: 'first' });
  await proxy.accept();
  await process.waitFor(/done first/);
});

test('a process that finds no free connection at its start waits for one', async () => {
  const role = `limited_${randomBytes(4).toString('hex')}`;
  await sql(async (client) => {
    await client.query(`create role ${role} login password 'limited' connection limit 4`);
    await client.query(`alter database ${new URL(testDatabase.url).pathname.slice(1)} owner to ${role}`);
  });
  const url = new URL(testDatabase.url);
  Object.assign(url, { username: role, password: 'limited' });
  const holders = Array.from({ length: 4 }, () => new Client({ connectionString: url.href }));
  await Promise.all(holders.map((holder) => holder.connect()));
  const starting = worker(url.href, { level: 'warn' });
  await started.at(-1)!.waitFor(/PostgreSQL is not reachable/);
  expect(started.at(-1)!.output).not.toContain('started');
  await Promise.all(holders.map((holder) => holder.end()));
  const process = await starting;
  await enqueue({ text: 'first' });
  await process.waitFor(/done first/);
});
