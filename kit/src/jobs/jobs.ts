/**
 * Work that must happen later: graphile-worker jobs, enqueued in the transaction that made them necessary.
 * A job runs at least once; its task must bear being repeated. It fails by throwing and is then tried again with growing pauses.
 */
import { Logger as WorkerLogger, run, runMigrations, type Runner, type Task, type WorkerEvents } from 'graphile-worker';
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import type { EntityManager } from '../database/database';
import { withCorrelation, type Logger } from '../logging';
import { WorkerPresence } from './worker-presence';

/** `signal` is aborted when the process stops; what is not finished then runs again elsewhere. */
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

export interface JobsStartOptions {
  /** Jobs that run at once in this process; default 4. */
  concurrency?: number;
  /** Lines such as `0 * * * * task-name` (UTC). */
  cron?: string[];
  /** How often jobs of killed processes are looked for, in milliseconds; default 10,000. */
  sweepMs?: number;
}

/** How long to wait before the runner is started again, in milliseconds. */
const RESTART_MS = 1000;

/** Enqueues and runs the jobs of one subgraph. Task names are prefixed with the subgraph's, as all share one table. */
export class Jobs implements AsyncDisposable {
  private readonly closing = new AbortController();
  private pool: Pool | undefined;
  private runner: Runner | undefined;
  private presence: WorkerPresence | undefined;
  private restarting: Promise<void> | undefined;

  constructor(
    private readonly name: string,
    private readonly databaseUrl: string,
    private readonly log: Logger,
  ) {}

  /** Creates graphile-worker's tables, without which nothing can be enqueued: for `Database.ready`. */
  async migrate(): Promise<void> {
    await runMigrations({ pgPool: this.openPool(1), logger: this.workerLogger() }).finally(() => this.closePool());
  }

  /** Works on `tasks` until it is disposed of, also after PostgreSQL was away. */
  async start(tasks: Record<string, JobTask>, options: JobsStartOptions = {}): Promise<void> {
    await this.migrate();
    await this.run(tasks, options);
  }

  /** graphile-worker stops listening to a pool of its own before that has closed, and an error then ends the process. */
  private openPool(max: number): Pool {
    const pool = new Pool({ connectionString: this.databaseUrl, application_name: `${this.name}-jobs`, max });
    const note = (error: Error) => this.log.debug({ err: error }, 'the job runner lost a connection');
    pool.on('error', note);
    pool.on('connect', (client) => client.on('error', note));
    return (this.pool = pool);
  }

  private async closePool(): Promise<void> {
    const { pool } = this;
    this.pool = undefined;
    await pool?.end();
  }

  private async run(tasks: Record<string, JobTask>, options: JobsStartOptions): Promise<void> {
    const { concurrency = 4, cron = [], sweepMs = 10_000 } = options;
    const events: WorkerEvents = new EventEmitter();
    events.once('pool:create', ({ workerPool }) => {
      this.presence = new WorkerPresence(this.databaseUrl, workerPool.id, this.log, sweepMs);
    });
    this.runner = await run({
      pgPool: this.openPool(concurrency + 1),
      concurrency,
      noHandleSignals: true,
      pollInterval: 2000,
      logger: this.workerLogger(),
      events,
      preset: {
        plugins: [{ name: 'WorkerPresence', worker: { hooks: { startWorker: () => this.presence?.held } } }],
      },
      taskList: Object.fromEntries(Object.entries(tasks).map(([task, work]) => [this.taskName(task), this.wrap(work)])),
      crontab: cron.map((line) => line.replace(/^((?:\S+\s+){5})/, `$1${this.name}:`)).join('\n'),
    });
    const restart = () => (this.restarting = this.restart(tasks, options));
    this.runner.promise.then(restart, restart);
    this.stopWhenStuck(events, this.runner, 2 * concurrency);
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

  /** The runner gives up where PostgreSQL is away for long. */
  private async restart(tasks: Record<string, JobTask>, options: JobsStartOptions): Promise<void> {
    for (let attempt = 0; !this.closing.signal.aborted; attempt++) {
      if (attempt === 0) this.log.warn('the job runner stopped; starting it again');
      await sleep(RESTART_MS, undefined, { signal: this.closing.signal }).catch(() => undefined);
      if (this.closing.signal.aborted) return;
      await this.presence?.[Symbol.asyncDispose]();
      await this.closePool();
      try {
        return await this.run(tasks, options);
      } catch (error) {
        this.log.debug({ err: error }, 'the job runner cannot start yet');
      }
    }
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

  /** Takes back a job that has not started; nothing happens where there is none. */
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

  private wrap(work: JobTask): Task {
    return (payload, { job, abortSignal }) =>
      withCorrelation(`job-${job.id}`, () =>
        work(payload as never, {
          id: String(job.id),
          attempt: job.attempts,
          maxAttempts: job.max_attempts,
          signal: abortSignal,
        }),
      );
  }

  private workerLogger(): WorkerLogger {
    return new WorkerLogger(
      () => (level, message) => this.log[level === 'warning' ? 'warn' : level === 'error' ? 'error' : 'debug'](message),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closing.abort();
    await this.restarting;
    await this.runner?.stop().catch(() => undefined); // it may have stopped by itself
    await this.presence?.[Symbol.asyncDispose]();
    await this.closePool();
  }
}
