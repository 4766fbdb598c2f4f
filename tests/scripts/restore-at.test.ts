/** `npm run backup:base` and `npm run restore:at`: the database as it was at a chosen time, also after a crash, and without harm if it fails. */
import { postgresFolder } from '@chat/kit/embedded/installed-postgres';
import { startPostgres } from '@chat/kit/embedded/postgres';
import { SEGMENT } from '@chat/kit/embedded/wal-archive';
import { sql } from '@chat/kit/testing/sql';
import { TestProcess } from '@chat/kit/testing/test-process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let root: string;
let settings: { DATA_DIR: string; WAL_ARCHIVE_DIR: string };
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "chat-at 100%f o'clock-"));
  settings = { DATA_DIR: join(root, 'data'), WAL_ARCHIVE_DIR: join(root, 'archive') };
});
afterEach(() => rm(root, { recursive: true, force: true }));

const server = () => startPostgres({ dir: postgresFolder(settings.DATA_DIR), archiveDir: settings.WAL_ARCHIVE_DIR });

async function command(script: string, ...args: string[]) {
  await using process = new TestProcess({ args: [`scripts/${script}.ts`, ...args], env: settings });
  const { code } = await process.exited;
  return { code, output: process.output };
}

/** Writes a number in a transaction of its own. @returns a time after its commit and before the next */
async function write(url: string, number: number): Promise<string> {
  await sql(url, 'insert into numbers values ($1)', [number]);
  const [row] = await sql<{ at: string }>(
    url,
    "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as at",
  );
  return `${row!.at}Z`;
}

/** The numbers in the database. */
const numbersOf = async (url: string) =>
  (await sql<{ number: number }>(url, 'select number from numbers order by number')).map(({ number }) => number);

/** Those in the restored database, in which `further` numbers are written before it is killed. */
async function restoredNumbers(...further: number[]): Promise<number[]> {
  await using postgres = await server();
  const found = await numbersOf(postgres.url);
  for (const number of further) await write(postgres.url, number);
  await postgres.kill();
  return found;
}

test('a chosen time, and everything that was written before a crash; a restore that fails changes nothing', async () => {
  await using postgres = await server();
  await sql(postgres.url, 'create table numbers (number int)');
  const early = await write(postgres.url, 1);
  expect(await command('backup-base')).toMatchObject({
    code: 0,
    output: expect.stringMatching(/Any time from \S+Z can be restored/),
  });
  await write(postgres.url, 2);
  const chosen = await write(postgres.url, 3);
  await write(postgres.url, 4);
  expect(await command('restore-at', chosen)).toMatchObject({
    code: 1,
    output: expect.stringContaining('Stop npm start'),
  });
  await postgres.kill();

  const tooEarly = {
    code: 1,
    output: expect.stringMatching(/no base backup from before .* The earliest time is \S+Z/),
  };
  expect(await command('restore-at', early)).toMatchObject(tooEarly);
  expect(await command('restore-at', '2026-11-28 13:00')).toMatchObject({ code: 2 });

  const restored = await command('restore-at', chosen);
  expect(restored).toMatchObject({ code: 0, output: expect.stringContaining('The former data are in') });
  expect(await restoredNumbers(5)).toEqual([1, 2, 3]);

  // The last segment of the log is not in the archive yet, and the log has two timelines now.
  const future = await command('restore-at', '2999-01-01T00:00:00+01:00');
  expect(future).toMatchObject({ code: 0, output: expect.stringContaining('all that was written is restored') });
  expect(await restoredNumbers()).toEqual([1, 2, 3, 5]);

  const [base = ''] = await readdir(join(settings.WAL_ARCHIVE_DIR, 'base'));
  await rm(join(settings.WAL_ARCHIVE_DIR, 'base', base, 'password'));
  expect(await command('restore-at', 'latest')).toMatchObject({ code: 1 });
  expect(await restoredNumbers()).toEqual([1, 2, 3, 5]);
}, 180_000);

test('base backups need an archive, and old ones go with the log that only they need', async () => {
  const dir = postgresFolder(settings.DATA_DIR);
  await using postgres = await startPostgres({ dir });
  expect(await command('backup-base')).toMatchObject({
    code: 1,
    output: expect.stringContaining('without an archive'),
  });
  await postgres.stop();
  const segments = async () => (await readdir(settings.WAL_ARCHIVE_DIR)).filter((name) => SEGMENT.test(name)).sort();
  expect(await command('backup-base')).toMatchObject({ code: 0 });
  const [oldest] = await segments();
  expect(await command('backup-base', '--keep', '1')).toMatchObject({ code: 0 });
  expect(await readdir(join(settings.WAL_ARCHIVE_DIR, 'base'))).toHaveLength(1);
  expect((await segments())[0]! > oldest!).toBe(true);
}, 120_000);
