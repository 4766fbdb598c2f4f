/** Connections that die without a word: a proxy before a real PostgreSQL freezes them. Every wait ends, and the pool recovers. */
import { createLogger } from '../logging';
import { TcpProxy } from '../testing/tcp-proxy';
import { createTestDatabase, type TestDatabase } from '../testing/test-database';
import { isConnectionError } from './connection-error';
import { Database } from './database';
import { guardedClient } from './guarded-client';

const log = createLogger('test', 'silent');
const PLACES = 2;

let testDatabase: TestDatabase;
let proxy: TcpProxy;
let database: Database;

beforeEach(async () => {
  testDatabase = await createTestDatabase('dead-links', async (url) => {
    await using migrated = await Database.open({ url, schema: 'links', entities: [], migrations: [], log });
    await migrated.ready();
    await migrated.fork().execute('create table links.thing (id int primary key, n int not null)');
    await migrated.fork().execute('insert into links.thing values (1, 0)');
  });
  proxy = await TcpProxy.start(testDatabase.url);
  database = await Database.open({
    url: proxy.url,
    schema: 'links',
    entities: [],
    migrations: [],
    poolSize: PLACES,
    silenceMs: 300,
    log,
  });
  await database.ready();
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
});

const select = () => database.fork().execute('select 1 as one');
const add = () => database.fork().execute('update links.thing set n = n + 1 where id = 1');
const isOutage = (failed: unknown) => isConnectionError((failed as PromiseRejectedResult).reason);

/** Opens all connections of the pool, and freezes the links that are there. */
async function freezeAllLinks(): Promise<void> {
  await Promise.all(Array.from({ length: PLACES }, () => database.fork().execute('select pg_sleep(0.1)')));
  for (const link of proxy.links) link.freeze();
}

test('statements on frozen links fail as an outage within seconds, and later ones get other links', async () => {
  await freezeAllLinks();
  const began = performance.now();
  const results = await Promise.allSettled(Array.from({ length: PLACES }, select));
  expect(results.map(isOutage)).toEqual([true, true]);
  expect(performance.now() - began).toBeLessThan(15_000);
  expect(await Promise.all([select(), select(), select()])).toEqual(Array(3).fill([{ one: 1 }]));
});

test('a connection that has ended is not watched any longer, whatever is still asked of it', async () => {
  const onDead = jest.fn();
  const options = { applicationName: 'ended', silenceMs: 30, deadlineMs: 60, onDead };
  const ended = new (guardedClient(options))(testDatabase.url);
  ended.on('error', () => undefined);
  await ended.connect();
  const over = new Promise<void>((resolve) => void ended.once('end', resolve));
  await expect(ended.query('select pg_terminate_backend(pg_backend_pid())')).rejects.toThrow();
  await over;
  await expect(ended.query('rollback')).rejects.toThrow();
  await select();
  await database.fork().execute('select pg_sleep(0.3)'); // longer than the deadline
  expect(onDead).not.toHaveBeenCalled();
});

test('a closed database leaves no timer behind that keeps the process alive', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const other = await Database.open({ url: proxy.url, schema: 'links', entities: [], migrations: [], log });
  await other.ready();
  await other.fork().execute('select 1');
  await other[Symbol.asyncDispose]();
  expect(timers()).toBeLessThanOrEqual(before);
});

test.each(['begin', 'update', 'commit'])(
  'a transaction whose link freezes before %s holds neither its place nor its locks',
  async (when) => {
    const freezeBefore = (step: string) => {
      if (step === when) for (const link of proxy.links) link.freeze();
    };
    for (let place = 0; place < PLACES; place++) {
      await select();
      const failed = database.fork().transactional(async (tx) => {
        freezeBefore('update');
        await tx.execute('update links.thing set n = n + 1 where id = 1');
        freezeBefore('commit');
      });
      freezeBefore('begin');
      const [result] = await Promise.allSettled([failed]);
      expect(isOutage(result)).toBe(true);
    }
    await add();
    expect(await database.fork().execute('select n from links.thing')).toEqual([{ n: 1 }]);
  },
);

test('a server that is cut off as a whole is an outage for as long as that lasts, and its health says so', async () => {
  await select();
  expect(await database.isHealthy()).toBe(true);
  proxy.freeze();
  expect(await database.isHealthy()).toBe(false);
  const results = await Promise.allSettled([select(), select(), select(), select()]);
  expect(results.map(isOutage)).toEqual([true, true, true, true]);
  proxy.thaw();
  expect(await select()).toEqual([{ one: 1 }]);
  expect(await database.isHealthy()).toBe(true);
});

test('a statement that PostgreSQL works on for long is left alone', async () => {
  expect(await database.fork().execute('select 1 as one from pg_sleep(2.5)')).toEqual([{ one: 1 }]);
});

test('connections are bounded: statements share the places of the pool, and notifications have one of their own', async () => {
  database.notifications.listen('news', () => undefined);
  await Promise.all(Array.from({ length: 20 }, () => database.fork().execute('select pg_sleep(0.02)')));
  expect(proxy.links.length).toBeLessThanOrEqual(PLACES + 1);
});

test('notifications are heard again after their link has frozen', async () => {
  const { promise: heard, resolve } = Promise.withResolvers<string | undefined>();
  const opening = proxy.nextLink();
  database.notifications.listen('news', ({ payload }) => resolve(payload));
  const link = await opening;
  link.freeze();
  await proxy.nextLink();
  const telling = setInterval(() => void database.fork().execute(`notify news, 'again'`), 200);
  expect(await heard).toBe('again');
  clearInterval(telling);
});
