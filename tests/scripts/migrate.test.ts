/** `npm run db:migrate` against a real PostgreSQL: needs its address only, and migrates every subgraph. */
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { TestProcess } from '@chat/kit/testing/test-process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { SUBGRAPH_NAMES } from '../../scripts/subgraphs';

const migrate = (env: Record<string, string>) => new TestProcess({ args: ['scripts/migrate.ts'], env });

test('an empty database is migrated for every subgraph, with nothing but its address', async () => {
  await using database = await createTestDatabase('empty', () => Promise.resolve());
  for (const _ of ['first', 'again']) {
    await using command = migrate({ DATABASE_URL: database.url });
    expect(await command.exited).toEqual({ code: 0, signal: null });
    expect(command.output).toBe(SUBGRAPH_NAMES.map((name) => `${name} is up to date\n`).join(''));
  }
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ schema: string }>(
    `select distinct table_schema as schema from information_schema.tables where table_schema <> all ($1) order by 1`,
    [['information_schema', 'pg_catalog']],
  );
  await client.end();
  expect(rows.map(({ schema }) => schema)).toEqual(['graphile_worker', 'job_workers', ...SUBGRAPH_NAMES].sort());
});

test('without an installation, the command names the two settings that lead to one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chat-migrate-'));
  await using command = migrate({ DATA_DIR: folder });
  expect(await command.exited).toEqual({ code: 1, signal: null });
  expect(command.output).toBe(`There is no installation in ${folder}. Set DATA_DIR to its folder, or DATABASE_URL.\n`);
  await rm(folder, { recursive: true });
});
