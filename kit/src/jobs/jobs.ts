/**
 * Work that must happen later: graphile-worker jobs, enqueued in the transaction that made them necessary.
 * A job may run twice; tasks must be idempotent. A task fails by throwing, and is retried with exponential backoff. An outage of
 * PostgreSQL is no failure: the job waits for its end and keeps its place in its queue.
 */
import { Logger as WorkerLogger, run, runMigrations, type Runner, type Task, type WorkerEvents } from 'graphile-worker';
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { isOutage } from '../database/connection-error';
import { connectionOptions } from '../database/connections';
import type { Database, EntityManager } from '../database/database';
import { retryOutages } from '../database/retry-outages';
import { withCorrelation, type Logger } from '../logging';
import { JobPool } from './job-pool';
import { WorkerLease, type WorkerLeaseOptions } from './worker-lease';

/** `signal` is aborted when the process stops; an unfinished job then runs again elsewhere. */
export type JobTask = (
  payload: never,
  job: { id: string; attempt: number; maxAttempts: number; signal: AbortSignal },
) => Promise<void>;

export interface EnqueueOptions {
  runAt?: Date;
  /** A later job of the same key replaces an earlier one that has not started. */
  key?: string;
  /** Default 25, which is about three days. */
  maxAttempts?: number;
  /** Jobs of one queue run one after the other. */
  queue?: string;
}

export interface JobsStartOptions extends WorkerLeaseOptions {
  /** Jobs that run at once in this process; default 4. */
  concurrency?: number;
  /** Lines such as `0 * * * * task-name` (UTC). */
  cron?: string[];
}

/** Pause before the runner is started again, and before a job that met an outage is repeated, in milliseconds. */
const RESTART_MS = 1000;
/** How often a job is repeated at once if PostgreSQL answers again: its error may only look like an outage. */
const REPETITIONS = 3;

/** Enqueues and runs the jobs of one subgraph. Task names are prefixed with the subgraph's, as all share one table. */
export class Jobs implements AsyncDisposable {
  private readonly closing = new AbortController();
  private readonly running = new Set<string>();
  /** Task → number of attempts that failed in this process. */
  readonly failures = new Map<string, number>();
  private runner: Runner | undefined;
  private lease: WorkerLease | undefined;
  private pool: JobPool | undefined;
  private starting: Promise<unknown> | undefined;
  private restarting: Promise<void> | undefined;
  private isMigrated = false;

  constructor(
    readonly name: string,
    private readonly database: Database,
    private readonly log: Logger,
  ) {}

  /** Creates graphile-worker's tables, without which nothing can be enqueued: for `Database.ready`. */
  async migrate(): Promise<void> {
    if (this.isMigrated) return;
    const pool = new Pool({
      connectionString: this.database.directUrl,
      max: 1,
      ...connectionOptions(`${this.name}-jobs-migrate`),
    });
    pool.on('error', () => undefined).on('connect', (client) => client.on('error', () => undefined));
    try {
      await runMigrations({ pgPool: pool, logger: this.workerLogger() });
      await WorkerLease.migrate((sql) => pool.query(sql));
      this.isMigrated = true;
    } finally {
      await pool.end();
    }
  }

  /** Works on `tasks` until it is disposed of, through outages of PostgreSQL. Resolves when it has begun, however long that takes. */
  async start(tasks: Record<string, JobTask>, options: JobsStartOptions = {}): Promise<void> {
    const begin = async () => {
      await this.migrate();
      await this.run(tasks, options);
    };
    await (this.starting = retryOutages(begin, this.log, this.closing.signal));
  }

  private async run(tasks: Record<string, JobTask>, options: JobsStartOptions): Promise<void> {
    const { concurrency = 4, cron = [] } = options;
    if (this.closing.signal.aborted) return;
    const pool = (this.pool = new JobPool(this.database, this.log, this.closing.signal));
    const events: WorkerEvents = new EventEmitter();
    events.once('pool:create', ({ workerPool }) => {
      this.lease = new WorkerLease(this.database, workerPool.id, () => this.lostJobs(pool), this.log, options);
    });
    this.runner = await run({
      pgPool: pool as unknown as Pool,
      concurrency,
      noHandleSignals: true,
      pollInterval: 2000,
      logger: this.workerLogger(),
      events,
      preset: {
        plugins: [{ name: 'WorkerLease', worker: { hooks: { startWorker: () => this.lease?.held } } }],
      },
      taskList: Object.fromEntries(
        Object.entries(tasks).map(([task, work]) => [this.taskName(task), this.wrap(task, work)]),
      ),
      crontab: cron.map((line) => line.replace(/^((?:\S+\s+){5})/, `$1${this.name}:`)).join('\n'),
    });
    const restart = () => (this.restarting = this.restart(tasks, options));
    this.runner.promise.then(restart, restart);
    this.stopWhenStuck(events, this.runner, 2 * concurrency);
  }

  private lostJobs(pool: JobPool): { runningIds: string[] } | undefined {
    if (!pool.hasLostJobs || pool.finishing.size > 0) return undefined;
    return { runningIds: [...this.running] };
  }

  /** A runner that meets a failing PostgreSQL at its very first look for jobs repeats that error for ever; another one is started then. */
  private stopWhenStuck(events: WorkerEvents, runner: Runner, patience: number): void {
    let failures = 0;
    const isWell = () => (failures = 0);
    events.on('worker:getJob:empty', isWell);
    events.on('job:start', isWell);
    events.on('worker:getJob:error', () => {
      if (++failures === patience) runner.stop().catch(() => undefined);
    });
  }

  private async restart(tasks: Record<string, JobTask>, options: JobsStartOptions): Promise<void> {
    for (let attempt = 0; !this.closing.signal.aborted; attempt++) {
      if (attempt === 0) this.log.warn('the job runner stopped; starting it again');
      await this.pause();
      if (this.closing.signal.aborted) return;
      await this.endLease();
      try {
        return await this.run(tasks, options);
      } catch (error) {
        this.log.debug({ err: error }, 'the job runner cannot start yet');
      }
    }
  }

  private async endLease(): Promise<void> {
    const { lease } = this;
    this.lease = undefined;
    await lease?.[Symbol.asyncDispose]();
  }

  /** Adds a job that exists if and only if `tx` commits. */
  async enqueue(
    tx: EntityManager,
    task: string,
    payload: object,
    { runAt, key, maxAttempts, queue }: EnqueueOptions = {},
  ): Promise<void> {
    await tx.execute(
      `select graphile_worker.add_job(?, payload => ?::json, run_at => ?::timestamptz, job_key => ?::text, max_attempts => ?::int, queue_name => ?::text)`,
      [
        this.taskName(task),
        JSON.stringify(payload),
        runAt ?? null,
        key ? `${this.name}:${key}` : null,
        maxAttempts ?? null,
        queue ? `${this.name}:${queue}` : null,
      ],
    );
  }

  /** Removes a job that has not started. Does nothing if there is none. */
  async cancel(tx: EntityManager, key: string): Promise<void> {
    await tx.execute('select graphile_worker.remove_job(?)', [`${this.name}:${key}`]);
  }

  /** Removes this subgraph's jobs that have used up all their attempts, the last one before `before`. */
  async forgetFailed(em: EntityManager, before: Date): Promise<void> {
    await em.execute(
      `select graphile_worker.complete_jobs(array(select id from graphile_worker.jobs
         where attempts >= max_attempts and locked_at is null and updated_at < ? and starts_with(task_identifier, ?)))`,
      [before, this.taskName('')],
    );
  }

  private taskName(task: string): string {
    return `${this.name}:${task}`;
  }

  private wrap(task: string, work: JobTask): Task {
    return (payload, { job, abortSignal }) =>
      withCorrelation(`job-${job.id}`, async () => {
        const id = String(job.id);
        this.running.add(id);
        try {
          await this.throughOutages(() =>
            work(payload as never, { id, attempt: job.attempts, maxAttempts: job.max_attempts, signal: abortSignal }),
          );
        } catch (error) {
          if (!this.closing.signal.aborted) this.failures.set(task, (this.failures.get(task) ?? 0) + 1);
          throw error;
        } finally {
          this.running.delete(id);
        }
      });
  }

  /** Failing would put the job behind later ones of its queue, and use up an attempt. */
  private async throughOutages(work: () => Promise<void>): Promise<void> {
    for (let repetitions = 0; ;) {
      try {
        return await work();
      } catch (error) {
        if (!isOutage(error) || this.closing.signal.aborted) throw error;
        if ((await this.database.isHealthy()) && ++repetitions > REPETITIONS) throw error;
        this.log.debug({ err: error }, 'a job waits for the end of an outage');
        await this.pause();
        if (this.closing.signal.aborted) throw error;
      }
    }
  }

  private async pause(): Promise<void> {
    await sleep(RESTART_MS, undefined, { signal: this.closing.signal }).catch(() => undefined);
  }

  private workerLogger(): WorkerLogger {
    return new WorkerLogger(() => (level, message) => {
      // A runner that is stopped complains of the connections that it loses.
      const isTold = !this.closing.signal.aborted && (level === 'warning' || level === 'error');
      this.log[isTold ? (level === 'warning' ? 'warn' : 'error') : 'debug'](message);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closing.abort();
    await this.starting?.catch(() => undefined); // `start` has told its caller
    await this.restarting;
    await this.runner?.stop().catch(() => undefined); // it may have stopped by itself
    if (this.pool) await Promise.allSettled(this.pool.finishing);
    await this.endLease();
  }
}
