/** A private database per test, cloned in about 20 ms from a template that the run migrates once. */
import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { openClient } from '../database/open-client';
import { testEnvironment } from './environment';

export interface TestDatabase extends AsyncDisposable {
  /** As superuser. */
  url: string;
}

/**
 * Creates a database with the schemas that `migrate` builds. Disposal drops it, even if connections are open.
 * `name` identifies the template: the first call of a run migrates it, and later calls copy it.
 *
 * @example
 * const database = await createTestDatabase('identity', migrateIdentity);
 * afterAll(() => database[Symbol.asyncDispose]());
 */
export async function createTestDatabase(
  name: string,
  migrate: (url: string) => Promise<unknown>,
): Promise<TestDatabase> {
  const template = `template_${name.replace(/\W/g, '_')}`;
  const copy = `test_${randomBytes(8).toString('hex')}`;
  await withClient(async (client) => {
    // The lock belongs to the connection: test files run in parallel, and only one may build the template.
    await client.query('select pg_advisory_lock(hashtext($1))', [template]);
    const built = await client.query('select 1 from pg_database where datname = $1', [template]);
    if (built.rowCount === 0) {
      const draft = `${template}_draft`;
      await client.query(`drop database if exists ${draft} with (force)`);
      await client.query(`create database ${draft}`);
      await migrate(databaseUrl(draft));
      await client.query(`alter database ${draft} rename to ${template}`);
    }
    await client.query(`create database ${copy} template ${template}`);
  });
  return {
    url: databaseUrl(copy),
    [Symbol.asyncDispose]: () => withClient((client) => client.query(`drop database if exists ${copy} with (force)`)),
  };
}

function databaseUrl(database: string): string {
  const url = new URL(testEnvironment().postgresUrl);
  url.pathname = database;
  return url.href;
}

async function withClient(work: (client: Client) => Promise<unknown>): Promise<void> {
  await using client = await openClient(testEnvironment().postgresUrl);
  await work(client);
}
