/**
 * A backup of many messages restored onto an empty installation by the commands of operators, `npm run backup` and `npm run restore`. Then
 * messages are deleted, and `npm run restore:at` brings back the second before from an empty base backup and the archived log, which has all
 * of the restore. All tables are compared by their hashes each time; the bench fails if one differs.
 */
import { openClient } from '@chat/kit/database/open-client';
import { postgresFolder } from '@chat/kit/embedded/installed-postgres';
import { startPostgres } from '@chat/kit/embedded/postgres';
import { sql } from '@chat/kit/testing/sql';
import { TestProcess } from '@chat/kit/testing/test-process';
import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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
  await took('fill', async () => {
    await using client = await openClient(source);
    await (await HistoryWorld.create(fixture, client)).grow(thousands * 1000);
  });

  const backups = join(fixture.folder, 'backups');
  await took('npm run backup', () =>
    command('scripts/backup.ts', [backups, '--without-files'], { DATABASE_URL: source }),
  );
  const [name = ''] = await readdir(backups);
  const backup = join(backups, name);
  let bytes = 0;
  for (const file of await readdir(backup)) bytes += (await stat(join(backup, file))).size;
  const installation = {
    DATA_DIR: join(fixture.folder, 'restored'),
    WAL_ARCHIVE_DIR: join(fixture.folder, 'archive'),
  };
  const start = async () => {
    const dir = postgresFolder(installation.DATA_DIR);
    const server = await startPostgres({ dir, archiveDir: installation.WAL_ARCHIVE_DIR });
    return stack.adopt(server, () => server.stop());
  };
  const target = await start();
  await command('scripts/backup-base.ts', [], installation);
  await took('npm run restore', () => command('scripts/restore.ts', [backup], { DATABASE_URL: target.url }));
  const before = await contents(source);
  failIfDifferent(before, await contents(target.url));

  // The changes before and after the chosen second are of other seconds.
  await sleep(1_000);
  const chosen = `${new Date().toISOString().slice(0, 19)}Z`;
  await sleep(1_000);
  await sql(target.url, 'delete from messaging.messages where seq % 2 = 0');
  await target.stop();
  await took('npm run restore:at', () => command('scripts/restore-at.ts', [chosen], installation));
  failIfDifferent(before, await contents((await start()).url));

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

async function command(script: string, args: string[], env: Record<string, string>): Promise<void> {
  await using running = new TestProcess({ args: [script, ...args], env: { DATA_DIR: tmpdir(), ...env } });
  const { code } = await running.exited;
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${running.output}`);
}

/** The running processes renew it all the time. */
const LEASE = 'job_workers.lease';

/** Count and hash of each table, by its name. Marks of migrations have times, and their names are compared by the restore. */
async function contents(url: string): Promise<Map<string, string>> {
  await using client = await openClient(url);
  await client.query('begin');
  await client.query(CANONICAL_TEXT);
  const found = new Map<string, string>();
  for (const table of (await tablesOf(client)).filter((each) => !isMigrationTable(each) && each.name !== LEASE)) {
    const { rows, hash } = await contentOf(client, table);
    found.set(table.name, `${rows} ${hash}`);
  }
  return found;
}

function failIfDifferent(before: Map<string, string>, after: Map<string, string>): void {
  const different = [...new Set([...before.keys(), ...after.keys()])].filter(
    (table) => before.get(table) !== after.get(table),
  );
  if (different.length > 0) throw new Error(`These tables differ: ${different.join(', ')}`);
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

void main();
