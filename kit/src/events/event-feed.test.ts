/** Event rows and their feeds over real PostgreSQL and Redis: gapless numbers, and readers that lose, repeat and reorder nothing. */
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { Migration } from '@mikro-orm/migrations';
import { Database } from '../database/database';
import { createLogger } from '../logging';
import { closeRedis, connectRedis, connectRedisSubscriber } from '../redis';
import { createTestDatabase, type TestDatabase } from '../testing/test-database';
import { eventually } from '../testing/eventually';
import { testRedisPrefix, testRedisUrl } from '../testing/test-redis';
import { takeWaiting } from './batched';
import { Bell } from './bell';
import { EventFeed, type FeedItem } from './event-feed';
import { createEventTables, EventLog } from './event-log';
import { defineStream, payload, type EventRow, type EventsOf, type Stream } from './stream-kind';

class EventTables extends Migration {
  override up(): void {
    for (const statement of createEventTables('feed')) this.addSql(statement);
  }
}

const streams = defineStream('test', { happened: payload<{ at?: number; to?: string }>() });
const log = createLogger('test', 'silent');
const options = (url: string) => ({
  url,
  schema: 'feed',
  entities: [],
  migrations: [{ name: 'event-tables', class: EventTables }],
  log,
});

let testDatabase: TestDatabase;
let database: Database;
let redis: Redis;
let subscriber: Redis;
let bell: Bell;
let eventLog: EventLog;
const prefix = testRedisPrefix();

beforeAll(async () => {
  testDatabase = await createTestDatabase('event-feed', async (url) => {
    await using migrated = await Database.open(options(url));
    await migrated.ready();
  });
  database = await Database.open(options(testDatabase.url));
  await database.ready();
  redis = connectRedis(testRedisUrl(), log);
  subscriber = connectRedisSubscriber(testRedisUrl(), log);
  bell = new Bell(redis, subscriber, prefix);
  eventLog = new EventLog('feed', bell, log);
});

afterAll(async () => {
  await Promise.all([closeRedis(redis), closeRedis(subscriber)]);
  await database[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
});

const openFeed = (eventLogOfFeed = eventLog, pollMs = 50) =>
  new EventFeed(eventLogOfFeed, bell, () => database.fork(), log, { pollMs });

const appendOne = (stream: Stream<EventsOf<typeof streams>>) =>
  eventLog.transaction(database.fork(), (_tx, append) => append(stream, 'happened', { at: Date.now() }));

async function take(feed: AsyncIterator<FeedItem>, count: number): Promise<FeedItem[]> {
  const items: FeedItem[] = [];
  while (items.length < count) {
    const next = await feed.next();
    if (next.done) break;
    items.push(next.value);
    if (items.length % 3 === 0) items.push(...(takeWaiting(feed, count - items.length) as FeedItem[]));
  }
  return items;
}
const seqs = (items: FeedItem[]) =>
  items.map((item) => (item.kind === 'event' ? item.row.seq : `gap to ${item.firstSeq}`));
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

test('concurrent transactions number their events without gaps, and a failed one leaves none', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 40 }, (_, index) =>
      eventLog.transaction(database.fork(), async (_tx, append) => {
        const seq = await append(streams.of('numbers'), 'happened', {});
        if (index % 4 === 0) throw new Error('rolled back');
        return seq;
      }),
    ),
  );
  const committed = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  expect(committed.sort((a, b) => a - b)).toEqual(upTo(30));
});

test('one event to many streams is one in each, also where some are named twice', async () => {
  await appendOne(streams.of('1'));
  await eventLog.transaction(database.fork(), async (_tx, append) => {
    await append.toEach([], 'happened', {});
    await append.toEach(
      ['2', '1', '3', '2'].map((id) => streams.of(id)),
      'happened',
      { to: 'all' },
    );
    expect(await append(streams.of('2'), 'happened', { to: 'one' })).toBe(2);
  });
  const lasts = await eventLog.lastSeqs(database.fork(), ['test:1', 'test:2', 'test:3']);
  expect([...lasts].sort()).toEqual([
    ['test:1', 2],
    ['test:2', 2],
    ['test:3', 1],
  ]);
  const { rows } = await eventLog.read(database.fork(), streams.of('2'), 0);
  expect(rows.map(({ payload }) => payload)).toEqual([{ to: 'all' }, { to: 'one' }]);
});

test('news of many streams reach each as they are, whether equal or not', async () => {
  const toAll = { to: 'all' };
  const rowsOf = (id: string): EventRow[] => {
    const stream = `test:${id}`;
    if (id === '3') return [1, 2].map((seq) => ({ stream, seq, type: 'happened', payload: toAll }));
    if (id === '4') return [{ stream, seq: 4, type: 'happened', payload: { to: 'a "friend"\n' } }];
    if (id === '5') return [{ stream, seq: 5, type: 'mended', payload: toAll }];
    return [{ stream, seq: Number(id) || 9_007_199_254_740_991, type: 'happened', payload: toAll }];
  };
  const ids = [...Array.from({ length: 1100 }, (_, index) => String(index)), 'a "b" %d'];
  const rows = ids.flatMap(rowsOf);
  const heard: Record<string, EventRow[]> = {};
  const listened = ['0', '3', '4', '5', '6', '1099', 'a "b" %d'];
  const stops = await Promise.all(
    listened.map((id) => bell.listen(`test:${id}` as Stream, (row) => void (heard[id] ??= []).push(row))),
  );
  await bell.ring(rows);
  await bell.ring(rows.filter(({ type }) => type === 'happened')); // all equal ones have one type
  await eventually(() => Object.values(heard).flat().length === 15);
  for (const id of listened) expect(heard[id]).toEqual(id === '5' ? rowsOf(id) : [...rowsOf(id), ...rowsOf(id)]);
  for (const stop of stops) stop();
});

test('a reader from now on gets what commits after open() has resolved', async () => {
  await using feed = openFeed();
  await appendOne(streams.of('live'));
  const reader = await feed.open(streams.of('live'));
  const three = take(reader, 3);
  for (let i = 0; i < 3; i++) await appendOne(streams.of('live'));
  expect(seqs(await three)).toEqual([2, 3, 4]);
  await reader.return();
});

test('return() ends a waiting next() at once and lets go of the stream', async () => {
  await using feed = openFeed();
  const reader = await feed.open(streams.of('quiet'));
  const waiting = reader.next();
  await reader.return();
  expect((await waiting).done).toBe(true);
});

test('lost bells only delay: readers find the rows by themselves', async () => {
  const deaf = new EventLog('feed', { ring: () => Promise.reject(new Error('Redis is away')) }, log);
  await using feed = openFeed();
  const reader = await feed.open(streams.of('deaf'));
  for (let i = 0; i < 3; i++)
    await deaf.transaction(database.fork(), (_tx, append) => append(streams.of('deaf'), 'happened', {}));
  expect(seqs(await take(reader, 3))).toEqual([1, 2, 3]);
});

test('a forgotten past and a cursor from the future are told, not guessed', async () => {
  for (let i = 0; i < 5; i++) await appendOne(streams.of('old'));
  await eventLog.forgetUntil(database.fork(), streams.of('old'), 3);
  await using feed = openFeed();
  expect(seqs(await take(await feed.open(streams.of('old'), 1), 3))).toEqual(['gap to 4', 4, 5]);
  expect(seqs(await take(await feed.open(streams.of('old'), 3), 2))).toEqual([4, 5]);
  expect(seqs(await take(await feed.open(streams.of('old'), 99), 1))).toEqual(['gap to 6']);
});

test('a reader that is slower than its memory reads again from PostgreSQL', async () => {
  await using feed = openFeed();
  const reader = await feed.open(streams.of('flood'));
  await eventLog.transaction(database.fork(), async (_tx, append) => {
    for (let i = 0; i < 2500; i++) await append(streams.of('flood'), 'happened', {});
  });
  expect(seqs(await take(reader, 2500))).toEqual(upTo(2500));
});

test('whatever bells are lost, doubled or late, every reader sees each event once and in order', async () => {
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('ring', 'lose', 'double', 'late'), { minLength: 1, maxLength: 30 }),
      fc.array(fc.nat(30), { maxLength: 4 }),
      async (fates, readersFrom) => {
        const stream = streams.of(`chaos-${round++}`);
        const late: EventRow[] = [];
        const unreliable = {
          ring: async ([row]: EventRow[]) => {
            const fate = fates[row!.seq - 1];
            if (fate === 'late') late.push(row!);
            else if (fate !== 'lose') await bell.ring([row!]);
            if (fate === 'double') await bell.ring([row!]);
          },
        } as unknown as Bell;
        const flaky = new EventLog('feed', unreliable, log);
        await using feed = openFeed(eventLog, 20);
        const started = await feed.open(stream);
        for (let i = 0; i < fates.length; i++)
          await flaky.transaction(database.fork(), (_tx, append) => append(stream, 'happened', {}));
        await bell.ring(late);
        expect(seqs(await take(started, fates.length))).toEqual(upTo(fates.length));
        for (const from of readersFrom.filter((seq) => seq < fates.length)) {
          expect(seqs(await take(await feed.open(stream, from), fates.length - from))).toEqual(
            upTo(fates.length, from + 1),
          );
        }
      },
    ),
    { numRuns: 25 },
  );
}, 60_000);
