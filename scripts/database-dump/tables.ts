// cspell:words attgenerated attisdropped attname attnum attrelid datestyle intervalstyle nspname relispartition
/** The tables of an installation as a dump sees them: columns, sequences, contents as a count and a hash. Reads only. */
import type { ClientBase } from 'pg';

export interface Table {
  /** Quoted, with its schema. */
  name: string;
  /** Quoted; without generated columns, which PostgreSQL computes. */
  columns: string[];
}

export interface Content {
  rows: number;
  /** Equal for equal rows in any order. */
  hash: string;
}

/** Texts of values must not depend on the settings of a server or a role. */
export const CANONICAL_TEXT = `set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';
  set local bytea_output = 'hex'; set local extra_float_digits = 1`;

/** Everything that is not PostgreSQL's own. */
const OUR_SCHEMAS = `n.nspname !~ '^(pg_|information_schema$)'`;

/** Marks of the migrations that a database has: not copied, but compared. */
export const isMigrationTable = ({ name }: Table): boolean => /\."?(mikro_orm_)?migrations"?$/.test(name);

/** All tables, sorted by name. */
export async function tablesOf(client: ClientBase): Promise<Table[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(`
    select format('%I.%I', n.nspname, c.relname) as name,
      array(select quote_ident(a.attname) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        order by a.attname) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and not c.relispartition and ${OUR_SCHEMAS}
    order by 1`);
  return rows;
}

/** The names of the migrations that the database has, each with its table. */
export async function migrationsOf(client: ClientBase, tables: readonly Table[]): Promise<string[]> {
  const names: string[] = [];
  for (const { name, columns } of tables.filter(isMigrationTable)) {
    const column = columns.includes('name') ? 'name' : 'id';
    const { rows } = await client.query<{ mark: string }>(`select ${column}::text as mark from ${name}`);
    names.push(...rows.map(({ mark }) => `${name} ${mark}`));
  }
  return names.sort();
}

/** The next values of sequences, by quoted name. */
export async function sequencesOf(client: ClientBase): Promise<Record<string, [value: string, isCalled: boolean]>> {
  const { rows } = await client.query<{ name: string }>(`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'S' and ${OUR_SCHEMAS} order by 1`);
  const values: Record<string, [string, boolean]> = {};
  for (const { name } of rows) {
    const { rows: state } = await client.query<{ last_value: string; is_called: boolean }>(
      `select last_value::text, is_called from ${name}`,
    );
    values[name] = [state[0]!.last_value, state[0]!.is_called];
  }
  return values;
}

/** Counts and hashes the rows, with the columns in alphabetical order. Expects {@link CANONICAL_TEXT}. */
export async function contentOf(client: ClientBase, { name, columns }: Table): Promise<Content> {
  const { rows } = await client.query<{ rows: string; hash: string }>(
    `select count(*)::text as rows, coalesce(sum(hashtextextended(row(${columns.join(', ')})::text, 0)::numeric), 0)::text as hash
     from ${name}`,
  );
  return { rows: Number(rows[0]!.rows), hash: rows[0]!.hash };
}
