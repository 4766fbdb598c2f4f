/** PostgreSQL's plans of the statements that were actually sent, including those within functions. auto_explain logs them. */
import { openClient } from '@chat/kit/database/open-client';
import { readFile } from 'node:fs/promises';
import type { Client } from 'pg';

/** The plan of one statement, with actual rows and the duration. */
export interface Plan {
  ms: number;
  /** The statement's text. */
  sql: string;
  /** The plan without the statement. */
  plan: string;
}

const WAIT = 'select pg_sleep(0.2)';
const ENTRY = /duration: ([\d.]+) ms {2}plan:\n((?:\t.*\n?)+)/g;

/** Must run before the connections of interest are opened. */
export async function loadAutoExplain(postgresUrl: string): Promise<void> {
  await using client = await openClient(postgresUrl);
  await client.query(`alter database postgres set session_preload_libraries = 'auto_explain'`);
}

export class PlanLog {
  /** @param client connected after {@link loadAutoExplain} */
  constructor(
    private readonly client: Client,
    private readonly logFile: string,
  ) {}

  /** Every statement that the server runs for `work`, except plain EXPLAINs. */
  async during(work: () => Promise<unknown>): Promise<Plan[]> {
    const from = (await readFile(this.logFile, 'utf8')).length;
    await this.switch(0);
    await work();
    await this.switch(-1);
    const log = (await readFile(this.logFile, 'utf8')).slice(from);
    const plans = [...log.matchAll(ENTRY)].map(([, ms, entry]) => {
      const text = entry!.replaceAll(/^\t/gm, '');
      const at = text.search(/^\S.*\(cost=/m);
      return { ms: Number(ms), sql: text.slice(0, at).replace('Query Text: ', '').trim(), plan: text.slice(at).trim() };
    });
    return plans.filter(({ sql }) => sql !== WAIT && !sql.startsWith('explain'));
  }

  /** Sessions reload their settings before the next statement, a moment after the signal. */
  private async switch(minDurationMs: number): Promise<void> {
    await this.client.query(`alter system set auto_explain.log_min_duration = ${minDurationMs}`);
    await this.client.query('alter system set auto_explain.log_analyze = on');
    await this.client.query('alter system set auto_explain.log_nested_statements = on');
    await this.client.query('select pg_reload_conf()');
    await this.client.query(WAIT);
  }
}

/** The tables among `tables` that a plan scans sequentially. */
export const readWhole = ({ plan }: Plan, tables: readonly string[]): string[] =>
  [...plan.matchAll(/Seq Scan on (\w+)/g)].map(([, table]) => table!).filter((table) => tables.includes(table));
