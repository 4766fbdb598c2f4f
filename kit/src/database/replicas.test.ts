/** Reads from a real streaming replica: never behind the write before them, and from the primary whenever the replica is. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../embedded/postgres';
import type { EmbeddedService } from '../embedded/service';
import { createLogger } from '../logging';
import { eventually } from '../testing/eventually';
import { startReplica } from '../testing/postgres-replica';
import { sql } from '../testing/sql';
import { testEnvironment } from '../testing/environment';
import { Database, type EntityManager } from './database';

const started = new AsyncDisposableStack();
let primary: EmbeddedService;
let replica: EmbeddedService;
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'chat-replicas-'));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  primary = started.use(await startPostgres({ dir: join(dir, 'primary'), isThrowaway: true }));
  // An ordinary role, as of an installation.
  await sql(primary.url, "create role chat login password 'chat'");
  await sql(primary.url, 'grant create on database postgres to chat');
  await sql(primary.url, 'create schema numbers authorization chat');
  await sql(primary.url, 'create table numbers.written (number int primary key)');
  await sql(primary.url, 'alter table numbers.written owner to chat');
  replica = started.use(await startReplica(primary, join(dir, 'primary'), join(dir, 'replica')));
}, 120_000);
afterAll(() => started.disposeAsync());

const asChat = ({ url }: EmbeddedService) => {
  const address = new URL(url);
  [address.username, address.password] = ['chat', 'chat'];
  return address.href;
};

async function open(...replicaUrls: string[]): Promise<Database> {
  const log = createLogger('test', 'silent');
  const database = await Database.open({
    url: asChat(primary),
    replicaUrls,
    schema: 'numbers',
    entities: [],
    migrations: [],
    log,
  });
  await database.ready();
  return database;
}

/** A unit of work on the replica, which rests after a failure, and whose first connection may take long on a busy machine. */
const onReplica = async ({ replicas }: Database) =>
  (await eventually(async () => (await replicas.fork()) ?? false, 'the replica to take reads')) as EntityManager;

const onlyOnPrimary = ({ replicas }: Database) =>
  eventually(async () => (await replicas.fork()) === undefined, 'reads from the primary');

test('each read sees the write before it, and is answered by the replica', async () => {
  await using database = await open(asChat(replica));
  for (let number = 1; number <= 20; number++) {
    await database.fork().execute('insert into numbers.written values (?)', [number]);
    const em = await onReplica(database);
    const read = await em.execute('select max(number) as max, pg_is_in_recovery() as "isReplica" from numbers.written');
    expect(read).toEqual([{ max: number, isReplica: true }]);
  }
  expect(database.replicas.reads.replica).toBe(20);
});

test('a replica that does not replay gets no reads until it has caught up', async () => {
  await using database = await open(asChat(replica));
  await onReplica(database);
  await sql(replica.url, 'select pg_wal_replay_pause()');
  await database.fork().execute('insert into numbers.written values (1001)');
  for (let attempt = 0; attempt < 3; attempt++) expect(await database.replicas.fork()).toBeUndefined();
  await sql(replica.url, 'select pg_wal_replay_resume()');
  const em = await onReplica(database);
  expect(await em.execute('select number from numbers.written where number = 1001')).toEqual([{ number: 1001 }]);
});

test('a unit of work on a replica refuses to write', async () => {
  await using database = await open(asChat(replica));
  const em = await onReplica(database);
  await expect(em.execute('insert into numbers.written values (2001)')).rejects.toThrow('read-only');
});

test.each([
  ['the primary itself', () => asChat(primary)],
  ['a server of another system', () => testEnvironment().postgresUrl],
  ['nobody', () => 'postgresql://chat:chat@127.0.0.1:1/postgres'],
])('a URL of %s gets no reads', async (_name, url) => {
  await using database = await open(url());
  expect(await database.replicas.fork()).toBeUndefined();
  expect(await database.replicas.fork()).toBeUndefined();
  expect(database.replicas.reads).toEqual({ replica: 0, primary: 2 });
});

test('a replica that is killed, and then promoted, gets no reads', async () => {
  await using database = await open(asChat(replica));
  await onReplica(database);
  await replica.kill();
  await onlyOnPrimary(database);
  await replica.start();
  await onReplica(database);
  await sql(replica.url, 'select pg_promote()');
  for (let attempt = 0; attempt < 3; attempt++) expect(await database.replicas.fork()).toBeUndefined();
});
