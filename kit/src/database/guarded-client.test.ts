/** A guarded client answers as pg's own, by promise and by callback, and keeps no rows. Its guarding is tested in dead-links.test.ts. */
import type { EventEmitter } from 'node:events';
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

describe('a named statement', () => {
  const text = `select $1::int as n, '{1,2}'::int[] as list, to_json($2::text[]) as names, null::text as nothing`;
  const named = { name: 'named', text };
  let descriptions = 0;
  beforeAll(() => wireOf(client).on('rowDescription', () => descriptions++));

  test('has the same rows each time, and is described only the first time', async () => {
    const before = descriptions;
    for (const [n, names] of [
      [1, ['a']],
      [2, []],
      [3, ['b', 'c']],
    ] as const) {
      const { rows, fields, rowCount } = await client.query({ ...named, values: [n, names] });
      expect(rows).toEqual([{ n, list: [1, 2], names, nothing: null }]);
      expect(fields.map(({ name }) => name)).toEqual(['n', 'list', 'names', 'nothing']);
      expect(rowCount).toBe(1);
    }
    expect(descriptions - before).toBe(1);
  });

  test('has rows as arrays if it is asked for them', async () => {
    const asArrays = { ...named, values: [4, ['d']], rowMode: 'array' as const };
    expect((await client.query(asArrays)).rows).toEqual([[4, [1, 2], ['d'], null]]);
    expect((await client.query({ ...named, values: [4, ['d']] })).rows).toEqual([
      { n: 4, list: [1, 2], names: ['d'], nothing: null },
    ]);
  });

  test('runs again after an error', async () => {
    const inverse = (n: number) => client.query({ name: 'inverse', text: 'select 1 / $1::int as n', values: [n] });
    expect((await inverse(1)).rows).toEqual([{ n: 1 }]);
    await expect(inverse(0)).rejects.toMatchObject({ code: '22012' });
    await expect(
      client.query({ name: 'inverse', text: 'select 1 / $1::int as n', values: ['x'] }),
    ).rejects.toMatchObject({
      code: '22P02',
    });
    expect((await inverse(1)).rows).toEqual([{ n: 1 }]);
  });

  test('may have no rows', async () => {
    await client.query('create temporary table numbers (n int)');
    const insert = { name: 'insert', text: 'insert into numbers values ($1)' };
    for (const n of [1, 2])
      expect(await client.query({ ...insert, values: [n] })).toMatchObject({ rowCount: 1, rows: [] });
    expect((await client.query('select n from numbers order by n')).rows).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test('is refused by PostgreSQL if its columns have changed', async () => {
    await client.query('create temporary table changing (a int); insert into changing values (1)');
    const read = { name: 'changing', text: 'select * from changing' };
    for (let time = 0; time < 2; time++) expect((await client.query(read)).rows).toEqual([{ a: 1 }]);
    await client.query(`alter table changing add column b text default 'new'`);
    await expect(client.query(read)).rejects.toMatchObject({ code: '0A000' });
  });
});

test.each([
  ['a text', `select repeat('x', 100) as text, n from generate_series(1, 100) n`],
  ['a named statement', { name: 'rows', text: `select repeat('x', 100) as text, n from generate_series(1, 100) n` }],
])('%s keeps no rows until a major collection', async (_what, rows) => {
  expect(await promotedBytes(() => client.query(rows as string))).toBeLessThan(4_000);
});

/** pg's connection, of which its types say nothing. */
const wireOf = (of: Client) => (of as unknown as { connection: EventEmitter }).connection;
