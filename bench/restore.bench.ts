/**
 * A backup of many messages restored onto an empty installation by the commands of operators, `npm run backup` and `npm run restore`. All
 * tables of both databases are compared by their hashes; the bench fails if one differs.
 */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { TestProcess } from '@chat/kit/testing/test-process';
import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrateAll } from '../scripts/database-dump/migrate-all';
import { CANONICAL_TEXT, contentOf, isMigrationTable, tablesOf } from '../scripts/database-dump/tables';
import { startMessagingFixture } from './fixtures/messaging';
import { numberOptions } from './harness/options';
import { heading } from './harness/report';
import { HistoryWorld } from './worlds/history-world';

async function main(): Promise<void> {
  const { thousands } = numberOptions({ thousands: 1000 });
  const seconds: Record<string, number> = {};
  await using stack = new AsyncDisposableStack();
  const fixture = stack.use(await startMessagingFixture((url) => migrateAll(url, (name) => note(`migrated ${name}`))));
  const source = fixture.postgresUrl;
  const client = new Client({ connectionString: source });
  await client.connect();
  await took('fill', async () => (await HistoryWorld.create(fixture, client)).grow(thousands * 1000));
  await client.end();

  const backups = join(fixture.folder, 'backups');
  await took('npm run backup', () => command('scripts/backup.ts', [backups, '--without-files'], source));
  const [name = ''] = await readdir(backups);
  const backup = join(backups, name);
  let bytes = 0;
  for (const file of await readdir(backup)) bytes += (await stat(join(backup, file))).size;
  const target = stack.adopt(await startPostgres({ dir: join(fixture.folder, 'restored') }), (server) => server.stop());
  await took('npm run restore', () => command('scripts/restore.ts', [backup], target.url));
  const [before, after] = [await contents(source), await contents(target.url)];
  const different = [...new Set([...before.keys(), ...after.keys()])].filter(
    (table) => before.get(table) !== after.get(table),
  );
  if (different.length > 0) throw new Error(`These tables differ: ${different.join(', ')}`);

  const how = `${thousands * 1000} messages with their events, mentions and 20,000 further channels; ${before.size} tables, all equal by count and hash, without the leases of running processes. The dump has ${Math.round(bytes / 1e6)} MB.`;
  const lines = [heading('restore: a whole installation', how), '| | seconds |', '|---|---|'];
  process.stdout.write(
    `${[...lines, ...Object.entries(seconds).map(([step, time]) => `| ${step} | ${time.toFixed(1)} |`)].join('\n')}\n`,
  );

  async function took(step: string, work: () => Promise<unknown>): Promise<void> {
    const began = performance.now();
    await work();
    seconds[step] = (performance.now() - began) / 1000;
    note(`${step}: ${seconds[step].toFixed(1)} s`);
  }
}

async function command(script: string, args: string[], databaseUrl: string): Promise<void> {
  const env = { DATABASE_URL: databaseUrl, DATA_DIR: tmpdir() };
  await using running = new TestProcess({ args: [script, ...args], env });
  const { code } = await running.exited;
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${running.output}`);
}

/** The running processes renew it all the time. */
const LEASE = 'job_workers.lease';

/** Count and hash of each table, by its name. Marks of migrations have times, and their names are compared by the restore. */
async function contents(url: string): Promise<Map<string, string>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('begin');
  await client.query(CANONICAL_TEXT);
  const found = new Map<string, string>();
  for (const table of (await tablesOf(client)).filter((each) => !isMigrationTable(each) && each.name !== LEASE)) {
    const { rows, hash } = await contentOf(client, table);
    found.set(table.name, `${rows} ${hash}`);
  }
  await client.end();
  return found;
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

void main();
