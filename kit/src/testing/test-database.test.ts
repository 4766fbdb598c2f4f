/** The databases of a run: each test gets its own migrated copy of a template that is built once. */
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from './test-database';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('createTestDatabase', () => {
  let migrations = 0;
  const migrate = async (url: string) => {
    migrations++;
    await query(url, 'create table notes (text text not null)');
  };
  const databases: TestDatabase[] = [];
  afterAll(() => Promise.all(databases.map((database) => database[Symbol.asyncDispose]())));

  it('migrates once and copies, even if many callers ask at the same time', async () => {
    databases.push(...(await Promise.all([1, 2, 3].map(() => createTestDatabase('kit_notes', migrate)))));
    const [first, second] = databases;
    await query(first!.url, "insert into notes values ('only here')");
    expect(migrations).toBe(1);
    expect(await query(first!.url, 'select text from notes')).toEqual([{ text: 'only here' }]);
    expect(await query(second!.url, 'select text from notes')).toEqual([]);
  });

  it('drops a database even if it still has connections', async () => {
    const database = await createTestDatabase('kit_notes', migrate);
    const client = new Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    await database[Symbol.asyncDispose]();
    await expect(query(database.url, 'select 1')).rejects.toThrow('does not exist');
  });
});
