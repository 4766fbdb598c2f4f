// cspell:words setval conrelid conname constraintdef connamespace contype conparentid nspname
/**
 * Loads a dump into a migrated database, in one transaction: all of it, or nothing. Rows that the database has, such as those of its
 * migrations, are replaced. Refuses a database with accounts, with other migrations, or with running processes.
 */
import { once } from 'node:events';
import { openClient } from '@chat/kit/database/open-client';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { StartupError } from '@chat/kit/process/startup-error';
import { dumpLines, END_OF_TABLE, FORMAT, type Footer, type Header } from './dump-file';
import { CANONICAL_TEXT, contentOf, isMigrationTable, migrationsOf, tablesOf, type Table } from './tables';

export interface ImportOptions {
  /** Replaces the data of a database that has accounts. */
  isReplacing?: boolean;
  progress: (line: string) => void;
}

/** @throws StartupError if the dump or the database is not fit, or if the contents differ after the copy; nothing is changed then */
export async function importDatabase(
  url: string,
  file: string,
  { isReplacing, progress }: ImportOptions,
): Promise<Footer> {
  const lines = dumpLines(file);
  await using client = await openClient({ connectionString: url, application_name: 'import' });
  try {
    await client.query('begin');
    await client.query(CANONICAL_TEXT);
    const all = await tablesOf(client);
    const tables = new Map(all.filter((table) => !isMigrationTable(table)).map((table) => [table.name, table]));
    refuseOtherMigrations(await readHeader(lines), await migrationsOf(client, all));
    await refuseUsedDatabase(client, isReplacing);
    const restore = await dropReferences(client);
    for (const name of tables.keys()) await client.query(`alter table ${name} disable trigger user`);
    await client.query(`truncate ${[...tables.keys()].join(', ')}`);
    const footer = await copyTables(client, lines, tables, progress);
    for (const name of tables.keys()) await client.query(`alter table ${name} enable trigger user`);
    await restore();
    for (const [name, [value, isCalled]] of Object.entries(footer.sequences))
      await client.query('select setval($1::regclass, $2::bigint, $3)', [name, value, isCalled]);
    progress('comparing the contents');
    await compare(client, tables, footer);
    await client.query('commit');
    return footer;
  } finally {
    await lines.return();
  }
}

type Lines = ReturnType<typeof dumpLines>;

async function next(lines: Lines): Promise<Buffer> {
  const { value } = await lines.next();
  if (!value) throw new StartupError('The dump is cut off: its end is missing.');
  return value;
}

async function readHeader(lines: Lines): Promise<Header> {
  const header = await next(lines)
    .then((line) => JSON.parse(line.toString()) as Partial<Header>)
    .catch((error: Error) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
      return undefined;
    });
  if (header?.format !== FORMAT) throw new StartupError('The file is not a dump of npm run db:export.');
  return header as Header;
}

function refuseOtherMigrations({ migrations }: Header, present: readonly string[]): void {
  const missing = migrations.filter((name) => !present.includes(name));
  const extra = present.filter((name) => !migrations.includes(name));
  if (missing.length + extra.length === 0) return;
  const list = (title: string, names: string[]) => (names.length > 0 ? `\n${title}: ${names.join(', ')}` : '');
  throw new StartupError(
    `The dump was made by another version of the database. Migrate the old database with this version, and export it again.` +
      list('Only in the dump', missing) +
      list('Only in the database', extra),
  );
}

async function refuseUsedDatabase(client: ClientBase, isReplacing = false): Promise<void> {
  const { rows: others } = await client.query<{ name: string }>(
    `select distinct application_name as name from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' order by 1`,
  );
  if (others.length > 0) {
    const names = others.map(({ name }) => name || 'a connection without a name').join(', ');
    throw new StartupError(`The database is in use (${names}). Stop all processes that are connected to it.`);
  }
  const { rows } = await client.query<{ count: number }>('select count(*)::int as count from identity.users');
  if (rows[0]!.count > 0 && !isReplacing)
    throw new StartupError(`The database has ${rows[0]!.count} accounts. Add --replace to replace all of its data.`);
}

/** Drops foreign keys, as tables are copied in any order. @returns creates them again, which checks every row */
async function dropReferences(client: ClientBase): Promise<() => Promise<void>> {
  const { rows } = await client.query<{ table: string; name: string; definition: string }>(`
    select c.conrelid::regclass::text as table, quote_ident(c.conname) as name, pg_get_constraintdef(c.oid) as definition
    from pg_constraint c join pg_namespace n on n.oid = c.connamespace
    where c.contype = 'f' and c.conparentid = 0 and n.nspname !~ '^(pg_|information_schema$)'`);
  for (const { table, name } of rows) await client.query(`alter table ${table} drop constraint ${name}`);
  return async () => {
    for (const { table, name, definition } of rows)
      await client.query(`alter table ${table} add constraint ${name} ${definition}`);
  };
}

async function copyTables(
  client: ClientBase,
  lines: Lines,
  tables: ReadonlyMap<string, Table>,
  progress: (line: string) => void,
): Promise<Footer> {
  for (;;) {
    const line = JSON.parse((await next(lines)).toString()) as Table | Footer;
    if ('sequences' in line) return line;
    const known = tables.get(line.name);
    if (known?.columns.join() !== line.columns.join())
      throw new StartupError(
        `The dump has a table ${line.name} (${line.columns.join(', ')}), and the database does not.`,
      );
    progress(`${line.name}: ${await copyRows(client, line, lines, progress)} rows`);
  }
}

/** Rows are sent in pieces of about this size, in bytes. */
const PIECE_BYTES = 65_536;

/** One line of progress in this many rows. */
const PROGRESS_ROWS = 500_000;

async function copyRows(
  client: ClientBase,
  { name, columns }: Table,
  lines: Lines,
  progress: (line: string) => void,
): Promise<number> {
  const target = client.query(copyFrom(`copy ${name} (${columns.join(', ')}) from stdin`));
  const finished = once(target, 'finish');
  finished.catch(() => undefined); // reported below, or by a send
  let rows = 0;
  let piece: Buffer[] = [];
  let bytes = 0;
  const send = async () => {
    const isFull = !target.write(Buffer.concat(piece));
    [piece, bytes] = [[], 0];
    if (isFull) await Promise.race([once(target, 'drain'), finished]);
  };
  for (let line = await next(lines); line.toString('latin1') !== END_OF_TABLE; line = await next(lines)) {
    piece.push(line, LINE_FEED);
    bytes += line.length + 1;
    if (++rows % PROGRESS_ROWS === 0) progress(`${name}: ${rows} rows so far`);
    if (bytes >= PIECE_BYTES) await send();
  }
  await send();
  target.end();
  await finished;
  return rows;
}

const LINE_FEED = Buffer.from('\n');

async function compare(
  client: ClientBase,
  tables: ReadonlyMap<string, Table>,
  { tables: contents }: Footer,
): Promise<void> {
  for (const [name, table] of tables) {
    const expected = contents[name] ?? { rows: 0, hash: '0' };
    const { rows, hash } = await contentOf(client, table);
    if (rows !== expected.rows || hash !== expected.hash)
      throw new StartupError(
        `${name} has ${rows} rows, and their contents are not those of the ${expected.rows} in the dump.`,
      );
  }
}
