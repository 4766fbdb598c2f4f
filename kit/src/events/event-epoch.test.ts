/** Epochs over real PostgreSQL: a database that was restored is told from one that was not, and readers of its streams hear of a gap. */
import type { Redis } from 'ioredis';
import { Migration } from '@mikro-orm/migrations';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { Database } from '../database/database';
import { createLogger } from '../logging';
import { closeRedis, connectRedis, connectRedisSubscriber } from '../redis';
import { testEnvironment } from '../testing/environment';
import { eventually } from '../testing/eventually';
import { createTestDatabase, type TestDatabase } from '../testing/test-database';
import { testRedisPrefix, testRedisUrl } from '../testing/test-redis';
import { Bell } from './bell';
import { createEpochTable, EventEpoch } from './event-epoch';
import { EventFeed, type FeedItem } from './event-feed';
import { createEventTables, EventLog } from './event-log';
import { defineStream, payload, type EventsOf, type Stream } from './stream-kind';

class EventTables extends Migration {
  override up(): void {
    for (const statement of [...createEventTables('epochs'), ...createEpochTable('epochs')]) this.addSql(statement);
  }
}

const streams = defineStream('test', { happened: payload<{ at: number }>() });
const log = createLogger('test', 'silent');
const migrations = [{ name: 'event-tables', class: EventTables }];
const open = async (url: string) => {
  const database = await Database.open({ url, schema: 'epochs', entities: [], migrations, log });
  await database.ready();
  return database;
};

const started = new AsyncDisposableStack();
let testDatabase: TestDatabase;
let database: Database;
let redis: Redis;
let subscriber: Redis;
beforeAll(async () => {
  testDatabase = started.use(
    await createTestDatabase('event-epoch', async (url) => {
      await using _migrated = await open(url);
    }),
  );
  redis = started.adopt(connectRedis(testRedisUrl(), log), closeRedis);
  subscriber = started.adopt(connectRedisSubscriber(testRedisUrl(), log), closeRedis);
});
beforeEach(async () => {
  database = await open(testDatabase.url);
});
afterEach(() => database[Symbol.asyncDispose]());
afterAll(() => started.disposeAsync());

const epochOf = (from: Database, onChange = () => Promise.resolve()) =>
  new EventEpoch('epochs', () => from.fork(), log, onChange);

/** A restore in place, as by PostgreSQL's tools: every object is created again. */
async function restoreInPlace(): Promise<void> {
  const em = database.fork();
  await em.transactional(async (tx) => {
    await tx.execute('alter table epochs.event_stream rename to old');
    await tx.execute('create table epochs.event_stream (like epochs.old including all)');
    await tx.execute('insert into epochs.event_stream select * from epochs.old');
    await tx.execute('drop table epochs.old');
  });
}

async function admin<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: testEnvironment().postgresUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

test('the epoch is the same for every process and stays, however often it is looked at', async () => {
  const [one, other] = [epochOf(database), epochOf(database)];
  const epochs = await Promise.all([one.fresh(), other.fresh()]);
  expect(epochs[0]).toMatch(/^[\w-]{8}$/);
  expect(epochs[1]).toBe(epochs[0]);
  await database.fork().execute(`insert into epochs.event_stream (stream, last_seq) values ('s', 1)`);
  await one.check();
  expect(one.current).toBe(epochs[0]);
});

test('a dump that is restored in place begins another, once for all processes', async () => {
  let changes = 0;
  const processes = [1, 2, 3].map(() => epochOf(database, async () => void changes++));
  const [before] = await Promise.all(processes.map((process) => process.fresh()));
  await restoreInPlace();
  await Promise.all(processes.map((process) => process.check()));
  const after = new Set(processes.map(({ current }) => current));
  expect(after.size).toBe(1);
  expect(after).not.toContain(before);
  await Promise.all(processes.map((process) => process.check()));
  expect(new Set(processes.map(({ current }) => current))).toEqual(after);
  expect(changes).toBe(3);
});

test('a dump that is restored into another database begins another', async () => {
  const before = await epochOf(database).fresh();
  await database[Symbol.asyncDispose]();
  const name = `test_${randomBytes(8).toString('hex')}`;
  const source = new URL(testDatabase.url).pathname.slice(1);
  await admin((client) => client.query(`create database ${name} template ${source}`));
  const url = new URL(testDatabase.url);
  url.pathname = name;
  const restored = await open(url.href);
  const [row] = await restored.fork().execute<{ epoch: string }[]>('select epoch from epochs.event_epoch');
  expect(row!.epoch).toBe(before); // as the backup has it
  expect(await epochOf(restored).fresh()).not.toBe(before);
  await restored[Symbol.asyncDispose]();
  await admin((client) => client.query(`drop database ${name} with (force)`));
  database = await open(testDatabase.url);
});

test('an older snapshot under a running process begins another: its log of writes ends earlier', async () => {
  const epoch = epochOf(database);
  const before = await epoch.fresh();
  Object.assign(epoch, { walEnd: 2n ** 60n }); // as a process remembers it that has seen more
  await epoch.check();
  expect(epoch.current).not.toBe(before);
});

test('the operator begins another by deleting the row', async () => {
  const epoch = epochOf(database);
  const before = await epoch.fresh();
  await database.fork().execute('delete from epochs.event_epoch');
  await epoch.check();
  expect(epoch.current).not.toBe(before);
  expect(epoch.current).not.toBe('');
});

describe('streams', () => {
  let feed: EventFeed;
  let eventLog: EventLog;
  beforeEach(() => {
    const bell = new Bell(redis, subscriber, testRedisPrefix());
    eventLog = new EventLog('epochs', bell, log);
    feed = new EventFeed(eventLog, bell, () => database.fork(), log, { pollMs: 50 });
  });
  afterEach(() => feed[Symbol.asyncDispose]());

  const append = (stream: Stream<EventsOf<typeof streams>>) =>
    eventLog.transaction(database.fork(), (_tx, add) => add(stream, 'happened', { at: Date.now() }));
  const fill = async (stream: Stream<EventsOf<typeof streams>>, count: number) => {
    for (let index = 0; index < count; index++) await append(stream);
  };
  /** Removes the events of a stream after `seq`, as an older backup lacks them. */
  const forget = (stream: string, seq: number) =>
    database.fork().transactional(async (tx) => {
      await tx.execute('delete from epochs.event where stream = ? and seq > ?', [stream, seq]);
      await tx.execute('update epochs.event_stream set last_seq = ? where stream = ?', [seq, stream]);
    });
  const next = async (reader: AsyncIterator<FeedItem, undefined>) => {
    const { value } = await reader.next();
    return value?.kind === 'event' ? value.row.seq : `gap to ${value?.firstSeq}`;
  };

  test('a cursor of this epoch resumes; one of another, or of none, leads to a gap, although its number is used again', async () => {
    await fill(streams.of('s1'), 5);
    const cursor = await feed.cursor(streams.of('s1'), 5);
    const reader = await feed.open(streams.of('s1'), streams.position('s1', cursor));
    await append(streams.of('s1'));
    expect(await next(reader)).toBe(6);
    await forget(streams.of('s1'), 3);
    await restoreInPlace();
    await fill(streams.of('s1'), 4); // numbers 4 to 7
    await eventually(async () => (await feed.cursor(streams.of('s1'), 5)) !== cursor); // a look counts for half a second
    const old = await feed.open(streams.of('s1'), streams.position('s1', cursor));
    expect(await next(old)).toBe('gap to 8');
    await append(streams.of('s1'));
    expect(await next(old)).toBe(8);
    const none = await feed.open(streams.of('s1'), { seq: 5, epoch: '' });
    expect(await next(none)).toBe('gap to 9');
    const present = await feed.open(streams.of('s1'), streams.position('s1', await feed.cursor(streams.of('s1'), 7)));
    expect(await next(present)).toBe(8);
  });

  test('a reader that is there while the database is restored hears of a gap, and of all that happens afterwards', async () => {
    await fill(streams.of('s2'), 5);
    const following = await feed.open(streams.of('s2'));
    const behind = await feed.open(streams.of('s2'), 0);
    await append(streams.of('s2'));
    expect(await next(following)).toBe(6);
    expect(await next(behind)).toBe(1);
    const waiting = next(following);
    await forget(streams.of('s2'), 2);
    await restoreInPlace();
    expect(await waiting).toBe('gap to 3');
    await fill(streams.of('s2'), 4);
    expect([await next(following), await next(following), await next(following)]).toEqual([3, 4, 5]);
    expect(await next(behind)).toBe('gap to 7'); // it looks only now
    await append(streams.of('s2'));
    expect(await next(behind)).toBe(7);
  });
});
