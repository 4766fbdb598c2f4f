/** `npm run backup` and `npm run restore`: a restored installation equals the one that was backed up, or nothing changes. */
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { TestProcess } from '@chat/kit/testing/test-process';
import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Client } from 'pg';
import { migrateAll } from '../../scripts/database-dump/migrate-all';
import { LocalStore } from '../../subgraphs/files/src/storage/local-store';

const FILE = Buffer.from('the bytes of a file');
const SECRET_KEY = 'the secret of the installation that is backed up';

let dir: string;
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), 'chat-backup-'))));
afterAll(() => rm(dir, { recursive: true, force: true }));

async function command(script: string, args: string[], env: Record<string, string>) {
  await using process = new TestProcess({ args: [`scripts/${script}.ts`, ...args], env });
  return { ...(await process.exited), output: process.output };
}

async function query<T extends object>(url: string, text: string, values: unknown[] = []): Promise<T[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text, values)).rows;
  } finally {
    await client.end();
  }
}

const installation = () => createTestDatabase('migrated', (url) => migrateAll(url));

/** A hash of each table, computed another way than the commands do. */
async function tableHashes(url: string): Promise<Record<string, string>> {
  const tables = await query<{ name: string }>(
    url,
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1`,
  );
  const parts = tables.map(
    ({ name }) => `select '${name}' as name, md5(string_agg(t::text, '|' order by t::text)) as hash from ${name} t`,
  );
  const rows = await query<{ name: string; hash: string }>(url, parts.join(' union all '));
  return Object.fromEntries(rows.map(({ name, hash }) => [name, hash]));
}

test('a restored installation has equal tables, files and the secret; a damaged backup changes nothing', async () => {
  await using source = await installation();
  await using target = await installation();
  const fromStore = await LocalStore.open(join(dir, 'from/files'));
  const toStore = await LocalStore.open(join(dir, 'to/files'));
  await fromStore.write('blobs/one', Readable.from([FILE]));
  await query(
    source.url,
    `insert into identity.users (id, username, username_key, username_skeleton, display_name, password_hash, roles, created_at)
     select uuidv7(), 'person' || n, 'person' || n, 'person' || n, E'tab\\tand \\\\N', 'x', '{user}', now() from generate_series(1, 1000) n`,
  );
  await query(
    source.url,
    `insert into files.blobs (id, key, sha256, size, created_at) values (uuidv7(), 'blobs/one', $1, $2, now())`,
    [createHash('sha256').update(FILE).digest('hex'), FILE.length],
  );
  const from = { DATABASE_URL: source.url, DATA_DIR: join(dir, 'from'), SECRET_KEY };
  const to = { DATABASE_URL: target.url, DATA_DIR: join(dir, 'to') };
  const backups = join(dir, 'backups');
  const made = async (...options: string[]) => {
    const { code, output } = await command('backup', [backups, ...options], from);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(
      /identity\.users: 1000 rows\n(.*\n)*.* has \d+ rows, contents \w{16}, and 1 files with 19 bytes/,
    );
    return join(backups, (await readdir(backups)).sort().at(-1)!);
  };

  const first = await made();
  const second = await made('--keep', '1');
  expect(await readdir(backups)).toEqual([second.slice(backups.length + 1)]);
  expect(first).not.toBe(second);
  expect((await stat(second)).mode & 0o777).toBe(0o700);
  expect((await readFile(join(second, 'secret-key'), 'utf8')).trim()).toBe(SECRET_KEY);

  const restored = await command('restore', [second], to);
  expect({ code: restored.code, output: restored.output }).toMatchObject({
    code: 0,
    output: expect.stringMatching(
      /Set SECRET_KEY to the content of .*\n\nRestored \d+ rows, contents \w{16}, and 1 files/,
    ),
  });
  const hashes = await tableHashes(source.url);
  expect(Object.keys(hashes)).toEqual(expect.arrayContaining(['identity.users', 'files.blobs', 'messaging.messages']));
  expect(await tableHashes(target.url)).toEqual(hashes);
  expect(await toStore.stat('blobs/one')).toMatchObject({ size: FILE.length });

  await query(target.url, `update identity.users set display_name = 'changed'`);
  const changed = await tableHashes(target.url);
  expect((await command('restore', [second], to)).output).toContain('has 1000 accounts. Add --replace');
  await appendFile(join(second, 'database.dump'), 'x');
  const damaged = await command('restore', [second, '--replace'], to);
  expect(damaged).toMatchObject({ code: 1, output: expect.stringContaining('is not the file that was backed up') });
  await rm(join(second, 'backup.json'));
  expect((await command('restore', [second, '--check'], {})).output).toContain('is no complete backup');
  expect(await tableHashes(target.url)).toEqual(changed);
}, 180_000);
