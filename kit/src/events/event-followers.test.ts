/** Followers with a queue, over real PostgreSQL: one job for all that waits, and none lost between the end of one job and the next. */
import { Client } from 'pg';
import { Database } from '../database/database';
import { Jobs } from '../jobs/jobs';
import { createLogger } from '../logging';
import { eventually } from '../testing/eventually';
import { createTestDatabase, type TestDatabase } from '../testing/test-database';
import {
  createFollowers,
  follow,
  hasHeardAll,
  hasNews,
  letFollowersHaveQueues,
  letFollowersNameStreams,
  startHearing,
  takeNews,
} from './event-followers';
import { createEventTables } from './event-log';

const SCHEMA = 'source';
const TASK = 'reader:hear';
const QUEUE = 'reader:hearing';
const log = createLogger('test', 'silent');

let testDatabase: TestDatabase;
let database: Database;
const clients: Client[] = [];

const open = (url: string) => Database.open({ url, schema: 'reader', entities: [], migrations: [], log });

beforeAll(async () => {
  testDatabase = await createTestDatabase('event-followers', async (url) => {
    await using migrated = await open(url);
    await using jobs = new Jobs('reader', migrated, log);
    await migrated.ready(() => jobs.migrate());
    for (const statement of [
      `create schema ${SCHEMA}`,
      ...createEventTables(SCHEMA),
      ...createFollowers(SCHEMA),
      ...letFollowersNameStreams(SCHEMA),
      ...letFollowersHaveQueues(SCHEMA),
    ])
      await migrated.fork().execute(statement);
  });
  database = await open(testDatabase.url);
  await database.ready();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.end();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
});

/** A connection of its own, for a transaction that stays open. */
async function connect(): Promise<Client> {
  const client = new Client({ connectionString: testDatabase.url });
  await client.connect();
  clients.push(client);
  return client;
}

const append = (client: Client, stream: string, seq: number, type = 'Said') =>
  client.query(`insert into ${SCHEMA}.event (stream, seq, type, payload) values ($1, $2, $3, '{}')`, [
    ...[stream, seq, type],
  ]);

async function countJobs(client: Client): Promise<number> {
  const { rows } = await client.query<{ count: string }>('select count(*) from graphile_worker.jobs');
  return Number(rows[0]!.count);
}

/** A task that hears until it has heard everything, and the events that it took. */
function hearing() {
  const heard: string[] = [];
  let runs = 0;
  const hear = async () => {
    runs++;
    const moment = await startHearing(database.fork());
    for (;;) {
      const isLast = await hasHeardAll(database.fork(), moment);
      while (await hasNews(database.fork(), SCHEMA, TASK))
        await takeNews(database.fork(), SCHEMA, TASK, 2, async (_tx, news) => {
          heard.push(...news.map(({ stream, seq }) => `${stream} ${seq}`));
        });
      if (isLast) return;
    }
  };
  return { heard, hear, runs: () => runs };
}

test('there is one job for all events that wait, and none for those of other types', async () => {
  await follow(database.fork(), SCHEMA, TASK, ['Said'], { queue: QUEUE });
  const client = await connect();
  await append(client, 'a', 1, 'Sung');
  expect(await countJobs(client)).toBe(0);
  for (const seq of [2, 3, 4]) await append(client, 'a', seq);
  await append(client, 'b', 1);
  expect(await countJobs(client)).toBe(1);
  await using jobs = new Jobs('reader', database, log);
  const { heard, hear } = hearing();
  await jobs.start({ hear });
  await eventually(async () => heard.length >= 4 && (await countJobs(client)) === 0, 'the end of the job');
  expect(heard).toEqual(['a 2', 'a 3', 'a 4', 'b 1']);
});

test('the job hears a transaction that found it waiting and ends later', async () => {
  await follow(database.fork(), SCHEMA, TASK, ['Said'], { queue: QUEUE });
  const client = await connect();
  const slow = await connect();
  await append(client, 'c', 1);
  await slow.query('begin');
  await append(slow, 'd', 1);
  expect(await countJobs(slow)).toBe(1); // it relies on the job of the first
  await using jobs = new Jobs('reader', database, log);
  const { heard, hear, runs } = hearing();
  await jobs.start({ hear });
  await eventually(() => heard.length === 1, 'the first event');
  await slow.query('commit');
  await eventually(async () => heard.length === 2 && (await countJobs(client)) === 0, 'the second event');
  expect({ heard, runs: runs() }).toEqual({ heard: ['c 1', 'd 1'], runs: 1 });
});

test('an event that comes while the job runs has another job, and transactions do not wait for one another', async () => {
  await follow(database.fork(), SCHEMA, TASK, ['Said'], { queue: QUEUE });
  const client = await connect();
  const others = [await connect(), await connect()];
  for (const [index, other] of others.entries()) {
    await other.query(`begin; set local lock_timeout = '2s'`);
    await append(other, `e${index}`, 1);
  }
  // Each of them would wait for the other's stream if both waited for the key of one job, too.
  for (const [index, other] of others.entries()) await append(other, `f${index}`, 1);
  for (const other of others) await other.query('commit');
  await using jobs = new Jobs('reader', database, log);
  const { heard, hear } = hearing();
  const release = Promise.withResolvers<void>();
  let held: Promise<void> | undefined = release.promise;
  await jobs.start({
    async hear() {
      const wait = held;
      held = undefined;
      await hear();
      await wait;
    },
  });
  await eventually(() => heard.length === 4, 'the events of both transactions');
  await append(client, 'g', 1);
  release.resolve();
  await eventually(async () => heard.length === 5 && (await countJobs(client)) === 0, 'the last event');
});
