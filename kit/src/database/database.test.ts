/** A subgraph's schema on a real PostgreSQL: migrated once, however long it takes and however many processes start. */
import { Migration } from '@mikro-orm/migrations';
import { createLogger } from '../logging';
import { eventually, inTime } from '../testing/eventually';
import { sql } from '../testing/sql';
import { createTestDatabase, type TestDatabase } from '../testing/test-database';
import { Database, type DatabaseOptions } from './database';

class SlowMigration extends Migration {
  override up(): void {
    this.addSql('create table slow.things (id int primary key)');
    this.addSql('select pg_sleep(1)');
    this.addSql('insert into slow.things values (1)');
  }
}

class WrongMigration extends Migration {
  override up(): void {
    this.addSql('create table slow.others (id int primary key)');
    this.addSql('insert into slow.nowhere values (1)');
  }
}

let database: TestDatabase;
let options: DatabaseOptions;
beforeEach(async () => {
  database = await createTestDatabase('empty', () => Promise.resolve());
  const migrations = [{ name: 'slow', class: SlowMigration }];
  const log = createLogger('test', 'silent');
  options = { url: database.url, schema: 'slow', entities: [], migrations, poolSize: 2, statementTimeoutMs: 200, log };
});
afterEach(() => database[Symbol.asyncDispose]());

test('a migration may take longer than statements may, and other processes wait for it', async () => {
  await using first = await Database.open(options);
  await using second = await Database.open(options);
  await Promise.all([first.ready(), second.ready()]);
  expect(await second.fork().execute('select id from slow.things')).toEqual([{ id: 1 }]);
  await expect(second.fork().execute('select pg_sleep(1)')).rejects.toThrow('statement timeout');
});

test('a migration that is cut off half-way leaves nothing behind, and is applied whole afterwards', async () => {
  await using first = await Database.open(options);
  const ready = first.ready();
  let cut: { found: string | null }[] = [];
  await eventually(async () => {
    cut = await sql(
      database.url,
      `select to_regclass('slow.things')::text as found, pg_terminate_backend(pid)
       from pg_stat_activity where query like 'select pg_sleep(1)%' and datname = current_database()`,
    );
    return cut.length > 0;
  }, 'a migration at work');
  expect(cut).toMatchObject([{ found: null }]);
  await ready;
  expect(await first.fork().execute('select id from slow.things')).toEqual([{ id: 1 }]);
});

test('a migration that is wrong leaves nothing behind, and says so', async () => {
  await using first = await Database.open(options);
  await first.ready();
  const migrations = [...options.migrations, { name: 'wrong', class: WrongMigration }];
  await using second = await Database.open({ ...options, migrations });
  await expect(second.ready()).rejects.toThrow('nowhere');
  expect(() => second.fork()).toThrow('not reachable');
  expect(await first.fork().execute("select to_regclass('slow.others') as found")).toEqual([{ found: null }]);
});

test('a database ends while a connection is being opened', async () => {
  const closing = await Database.open({ ...options, migrations: [] });
  await closing.ready();
  const pool = await closing.pool();
  const held = await pool.connect();
  const asked = closing.fork().execute('select 1 as one');
  while (pool.totalCount === 1) await new Promise(setImmediate);
  held.release();
  await inTime('the end of the database', closing[Symbol.asyncDispose](), 5_000);
  expect(await asked).toEqual([{ one: 1 }]);
});
