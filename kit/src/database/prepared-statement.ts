/**
 * A statement that PostgreSQL parses once a connection and not every time: for the few that are sent all the time. A pooler between
 * has to know prepared statements, as PgBouncer does from 1.21 on.
 */
import type { EntityManager } from '@mikro-orm/postgresql';

export class PreparedStatement<Row extends object> {
  /** @param name unique among all of a process. @param text with `$1`, `$2`, … for values. */
  constructor(
    private readonly name: string,
    private readonly text: string,
  ) {}

  /** Runs on a connection of its own, outside of any transaction that `em` is in. Errors are the driver's own. */
  async run(em: EntityManager, values: unknown[]): Promise<Row[]> {
    const pool = await em.getConnection('write').getNativeClient();
    const { rows } = await pool.query<Row>({ name: this.name, text: this.text, values });
    return rows;
  }
}
