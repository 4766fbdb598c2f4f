/** A guarded client answers as pg's own, by promise and by callback, and keeps no rows. Its guarding is tested in dead-links.test.ts. */
import type { Client, QueryResult } from 'pg';
import { promotedBytes } from '../testing/promoted-bytes';
import { createTestDatabase, type TestDatabase } from '../testing/test-database';
import { guardedClient } from './guarded-client';

let testDatabase: TestDatabase;
let client: Client;

beforeAll(async () => {
  testDatabase = await createTestDatabase('guarded-client', () => Promise.resolve());
  client = new (guardedClient({ applicationName: 'guarded-client-test' }))(testDatabase.url);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await testDatabase[Symbol.asyncDispose]();
});

const NUMBER = 'select $1::int as n';

test.each([
  ['a text', () => client.query(NUMBER, [1])],
  ['a config', () => client.query({ text: NUMBER, values: [1] })],
  ['a config with values beside it', () => client.query({ text: NUMBER }, [1])],
  ['a named statement', () => client.query({ name: 'number', text: NUMBER, values: [1] })],
])('%s has a promise of its rows', async (_what, query) => {
  expect((await query()).rows).toEqual([{ n: 1 }]);
});

test('a callback gets the rows, in each place where pg takes it', async () => {
  const rows = (query: (callback: (error: Error, result: QueryResult) => void) => unknown) =>
    new Promise((resolve) => query((_error, result) => resolve(result.rows)));
  expect(await rows((callback) => client.query(NUMBER, [1], callback))).toEqual([{ n: 1 }]);
  expect(await rows((callback) => client.query('select 1 as n', callback))).toEqual([{ n: 1 }]);
  expect(await rows((callback) => client.query({ text: NUMBER, values: [1], callback } as never))).toEqual([{ n: 1 }]);
});

test('an error of PostgreSQL has the stack of its caller', async () => {
  const failed = async function namedCaller() {
    await client.query('select 1 / 0');
  };
  await expect(failed()).rejects.toMatchObject({ code: '22012', stack: expect.stringContaining('namedCaller') });
});

test('keeps no rows until a major collection', async () => {
  const rows = `select repeat('x', 100) as text, n from generate_series(1, 100) n`;
  expect(await promotedBytes(() => client.query(rows))).toBeLessThan(4_000);
});
