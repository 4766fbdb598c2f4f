/**
 * Finds out, over a connection of its own, whether PostgreSQL still works on a statement that another connection waits for.
 * A connection through a dead host or a dropping proxy stays open and silent; only the server knows that it has answered long ago.
 */
import { Client, type ClientConfig } from 'pg';
import { GroupedCalls } from '../grouped-calls';

/**
 * `working`: PostgreSQL executes the statement. `dead`: it has finished, or cannot be reached at all.
 * `unknown`: it answers, but does not know the connection, as behind a connection pooler.
 */
export type LinkState = 'working' | 'dead' | 'unknown';

/** Time for connecting, and again for the answer, in milliseconds. */
const ANSWER_MS = 3000;

/**
 * A backend that waits for its client has sent its answer. Ending it frees the locks of its transaction, which would otherwise
 * be held until `idle_in_transaction_session_timeout`. An answer that has just been sent may still arrive.
 */
const FIND_DEAD = `
with waiting as materialized (
  select pid, state <> 'active' and state_change < now() - interval '1 second' as is_dead from pg_stat_activity
  where pid = any($1::int[]) and usename = current_user and datname = current_database() and application_name = $2)
select pid, is_dead, case when is_dead then pg_terminate_backend(pid) end from waiting`;

export class LinkCheck {
  private readonly calls = new GroupedCalls((pids: readonly number[]) => this.ask(pids));

  /** @param server the same as that of the connections to check, with their `application_name`. */
  constructor(private readonly server: ClientConfig) {}

  /** @param pid the backend's process id. Never rejects. */
  stateOf(pid: number): Promise<LinkState> {
    return this.calls.run(pid);
  }

  private async ask(pids: readonly number[]): Promise<LinkState[]> {
    const client = new Client({
      ...this.server,
      application_name: `${this.server.application_name}-check`,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
    });
    client.on('error', () => undefined); // the query rejects as well
    try {
      await client.connect();
      const { rows } = await client.query<{ pid: number; is_dead: boolean }>(FIND_DEAD, [
        pids,
        this.server.application_name,
      ]);
      const found = new Map(rows.map((row) => [row.pid, row.is_dead]));
      return pids.map((pid) => (found.has(pid) ? (found.get(pid) ? 'dead' : 'working') : 'unknown'));
    } catch (error) {
      // An SQLSTATE is an answer: the server is there, and only this question was refused.
      const hasAnswered = /^[0-9A-Z]{5}$/.test(String((error as { code?: unknown }).code));
      return pids.map(() => (hasAnswered ? 'unknown' : 'dead'));
    } finally {
      client.end().catch(() => undefined);
    }
  }
}
