/**
 * The database's connections as graphile-worker sees them. graphile-worker does not await the statements that complete or fail
 * a job, and a rejection that nobody handles ends the process. Here these statements are repeated until they succeed.
 */
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import { isConnectionError } from '../database/connection-error';
import type { Database } from '../database/database';
import type { Logger } from '../logging';

/** Pause before a statement that completes or fails a job is repeated, in milliseconds. */
const RETRY_MS = 1000;

/** How long looking for a job waits for others to be marked as finished, in milliseconds. */
const FINISHED_WITHIN_MS = 1000;

/** The names of graphile-worker's prepared statements. */
const FINISHES = /^(complete|fail)_job/;
const FAILS = /^fail_job/;
const TAKES = /^get_job/;

/**
 * A look for jobs finds nothing if another one of this runner has found nothing within this time, in milliseconds: as long as one worker
 * waits between two looks, so waiting jobs are found as soon as by a single worker.
 */
const EMPTY_FOR_MS = 1900;

const NOTHING = { rows: [], rowCount: 0 } as unknown as QueryResult;

type Statement = string | QueryConfig;
type ConnectCallback = (error: undefined, client: EventEmitter, release: () => void) => void;

export class JobPool extends EventEmitter {
  /** Statements that complete or fail a job and have not succeeded yet. */
  readonly finishing = new Set<Promise<unknown>>();
  /** Whether a job may be locked for this process that the process does not know of: the answer was lost. */
  hasLostJobs = false;
  /** When the latest look that found nothing began, unless something has happened since. */
  private emptyAt = -Infinity;
  /** Rises whenever there may be another job. */
  private changes = 0;

  /** @param closing afterwards jobs are not failed any more: their lock is released, and they run elsewhere. */
  constructor(
    private readonly database: Database,
    private readonly log: Logger,
    private readonly closing: AbortSignal,
  ) {
    super();
    // graphile-worker warns about pools without these; the database has its own.
    this.on('error', () => undefined).on('connect', () => undefined);
  }

  /** With a callback, graphile-worker wants to listen for notifications. */
  connect(callback?: ConnectCallback): Promise<Lease> | void {
    if (!callback) return Promise.resolve(new Lease(this.database, (run, statement) => this.guarded(run, statement)));
    const { listener, stop } = this.listen();
    setImmediate(() => callback(undefined, listener, stop));
  }

  async query(statement: Statement, values?: unknown[]): Promise<QueryResult> {
    const lease = new Lease(this.database, (run, text) => this.guarded(run, text));
    try {
      return await lease.query(statement, values);
    } finally {
      lease.release();
    }
  }

  private listen(): { listener: EventEmitter; stop: () => void } {
    const channels = ['jobs:insert', 'worker:migrate'];
    const listener = Object.assign(new EventEmitter(), { query: () => Promise.resolve(NOTHING) });
    const stops = channels.map((channel) =>
      this.database.notifications.listen(channel, (message) => {
        this.mayHaveJobs();
        listener.emit('notification', message);
      }),
    );
    return { listener, stop: () => stops.forEach((stop) => stop()) };
  }

  private async guarded(run: () => Promise<QueryResult>, statement: Statement): Promise<QueryResult> {
    const name = (typeof statement === 'object' && statement.name) || '';
    if (FAILS.test(name) && this.closing.aborted) return NOTHING;
    if (FINISHES.test(name)) return this.finish(run);
    if (TAKES.test(name)) return this.take(run);
    return this.translated(run);
  }

  private async take(run: () => Promise<QueryResult>): Promise<QueryResult> {
    await this.finished();
    const began = performance.now();
    if (began - this.emptyAt < EMPTY_FOR_MS) return NOTHING;
    const { changes } = this;
    try {
      const found = await this.translated(run);
      if (!found.rowCount && changes === this.changes) this.emptyAt = began;
      return found;
    } catch (error) {
      this.hasLostJobs = true;
      throw error;
    }
  }

  private mayHaveJobs(): void {
    this.changes++;
    this.emptyAt = -Infinity;
  }

  private async translated(run: () => Promise<QueryResult>): Promise<QueryResult> {
    try {
      return await run();
    } catch (error) {
      // Without the code: graphile-worker would wait for minutes after some.
      throw new Error((error as Error).message, { cause: error });
    }
  }

  /** A queue is locked until its job is marked as finished: a look before that finds nothing, and the next is seconds later. */
  private async finished(): Promise<void> {
    if (this.finishing.size === 0) return;
    await Promise.race([Promise.allSettled(this.finishing), sleep(FINISHED_WITHIN_MS, undefined, { ref: false })]);
  }

  private finish(run: () => Promise<QueryResult>): Promise<QueryResult> {
    const finished = this.untilDone(run);
    this.finishing.add(finished);
    return finished.finally(() => {
      this.finishing.delete(finished);
      this.mayHaveJobs(); // the next of its queue
    });
  }

  private async untilDone(run: () => Promise<QueryResult>): Promise<QueryResult> {
    for (;;) {
      try {
        return await run();
      } catch (error) {
        this.log.debug({ err: error }, 'a job could not be marked as finished');
        if (!isConnectionError(error) || this.closing.aborted) break;
        await sleep(RETRY_MS, undefined, { signal: this.closing }).catch(() => undefined);
      }
    }
    this.hasLostJobs = true;
    return NOTHING;
  }
}

type Guard = (run: () => Promise<QueryResult>, statement: Statement) => Promise<QueryResult>;

/** A connection that is taken from the pool with the first statement, so that a failure to connect is that statement's. */
class Lease {
  private client: PoolClient | undefined;

  constructor(
    private readonly database: Database,
    private readonly guard: Guard,
  ) {}

  query(statement: Statement, values?: unknown[]): Promise<QueryResult> {
    return this.guard(() => this.run(statement, values), statement);
  }

  release(): void {
    this.client?.release();
    this.client = undefined;
  }

  private async run(statement: Statement, values?: unknown[]): Promise<QueryResult> {
    try {
      this.client ??= await (await this.pool()).connect();
      return await this.client.query(statement as string, values);
    } catch (error) {
      this.release(); // a repetition needs another connection
      throw error;
    }
  }

  private pool(): Promise<Pool> {
    return this.database.pool();
  }
}
