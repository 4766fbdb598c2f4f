/** Writes all tables of a database to a dump, in one read-only snapshot. The processes may run meanwhile. */
import { createHash } from 'node:crypto';
import { openClient } from '@chat/kit/database/open-client';
import type { ClientBase } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { DumpWriter, END_OF_TABLE, FORMAT, type Footer } from './dump-file';
import { CANONICAL_TEXT, contentOf, isMigrationTable, migrationsOf, sequencesOf, tablesOf, type Table } from './tables';

/** @param progress called with a line for each table, and again while a large one is copied */
export async function exportDatabase(url: string, file: string, progress: (line: string) => void): Promise<Footer> {
  await using client = await openClient({ connectionString: url, application_name: 'export' });
  await client.query('begin transaction isolation level repeatable read read only');
  await client.query(CANONICAL_TEXT);
  const all = await tablesOf(client);
  const tables = all.filter((table) => !isMigrationTable(table));
  await using writer = new DumpWriter(file);
  const migrations = await migrationsOf(client, all);
  await writer.line({ format: FORMAT, createdAt: new Date().toISOString(), migrations });
  const footer: Footer = { tables: {}, sequences: await sequencesOf(client) };
  for (const table of tables) {
    const content = await contentOf(client, table);
    await writer.line(table);
    const copied = await copyRows(client, table, writer, content.rows, progress);
    if (copied !== content.rows) throw new Error(`${table.name} has ${content.rows} rows, but ${copied} were copied.`);
    await writer.line(END_OF_TABLE);
    footer.tables[table.name] = content;
    progress(`${table.name}: ${content.rows} rows`);
  }
  await writer.line(footer);
  await writer.complete();
  return footer;
}

/** One line of progress in this many rows. */
const PROGRESS_ROWS = 500_000;

/** @returns the number of copied rows */
async function copyRows(
  client: ClientBase,
  { name, columns }: Table,
  writer: DumpWriter,
  total: number,
  progress: (line: string) => void,
): Promise<number> {
  const rows = client.query(copyTo(`copy ${name} (${columns.join(', ')}) to stdout`));
  let copied = 0;
  let reported = 0;
  for await (const chunk of rows as AsyncIterable<Buffer>) {
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, end + 1)) copied++;
    await writer.bytes(chunk);
    if (copied - reported < PROGRESS_ROWS) continue;
    reported = copied;
    progress(`${name}: ${copied} of ${total} rows`);
  }
  return copied;
}

/** A short text that is equal for databases with equal contents. */
export function fingerprint({ tables }: Footer): string {
  return createHash('sha256')
    .update(JSON.stringify(Object.entries(tables).sort()))
    .digest('hex')
    .slice(0, 16);
}
