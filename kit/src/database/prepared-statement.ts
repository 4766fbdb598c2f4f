/**
 * A statement that PostgreSQL parses once a connection and not every time: for the few that are sent all the time. Behind a pooler
 * it is parsed every time; see {@link DatabaseOptions.directUrl}.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Pool, QueryConfig } from 'pg';

export class PreparedStatement<Row extends object> {
  /**
   * @param name unique among all of a process. @param text with `$1`, `$2`, … for values. @param rowMode With `array`, a row is an array of
   * its columns, which takes less time if there are many rows.
   */
  constructor(
    private readonly name: string,
    private readonly text: string,
    private readonly rowMode?: 'array',
  ) {}

  /** Runs on a connection of its own, outside of any transaction. Errors are the driver's own. */
  async run(pool: PoolSource, values: unknown[]): Promise<Row[]> {
    const { name, text, rowMode } = this;
    const { rows } = await (await pool()).query<Row>({ name, text, values, rowMode } as QueryConfig);
    return rows;
  }
}

/** The connections of a database, without a unit of work. */
export type PoolSource = () => Promise<Pool>;

/** The connections behind a unit of work. */
export const poolOf =
  (em: EntityManager): PoolSource =>
  () =>
    em.getConnection('write').getNativeClient();
