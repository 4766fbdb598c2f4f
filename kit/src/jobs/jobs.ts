/**
 * Work that must happen later: graphile-worker jobs, enqueued in the transaction that made them necessary.
 * A job runs at least once; its task must bear being repeated. It fails by throwing and is then tried again with growing pauses.
 */
import { Logger as WorkerLogger, run, runMigrations, type Runner, type Task } from 'graphile-worker';
import type { EntityManager } from '../database/database';
import { withCorrelation, type Logger } from '../logging';

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

/** Enqueues and runs the jobs of one subgraph. Task names are prefixed with the subgraph's, as all share one table. */
export class Jobs implements AsyncDisposable {
  private runner: Runner | undefined;

  constructor(
    private readonly name: string,
    private readonly databaseUrl: string,
    private readonly log: Logger,
  ) {}

  /** Creates graphile-worker's tables and starts working on `tasks`. `cron` has lines such as `0 * * * * task-name` (UTC). */
  async start(
    tasks: Record<string, JobTask>,
    { concurrency = 4, cron = [] }: { concurrency?: number; cron?: string[] } = {},
  ): Promise<void> {
    const logger = new WorkerLogger(
      () => (level, message) => this.log[level === 'warning' ? 'warn' : level === 'error' ? 'error' : 'debug'](message),
    );
    await runMigrations({ connectionString: this.databaseUrl, logger });
    this.runner = await run({
      connectionString: this.databaseUrl,
      concurrency,
      maxPoolSize: concurrency + 1,
      noHandleSignals: true,
      pollInterval: 2000,
      logger,
      taskList: Object.fromEntries(Object.entries(tasks).map(([task, work]) => [this.taskName(task), this.wrap(work)])),
      crontab: cron.map((line) => line.replace(/^((?:\S+\s+){5})/, `$1${this.name}:`)).join('\n'),
    });
    this.runner.promise.catch((error: unknown) => this.log.error({ err: error }, 'the job runner stopped'));
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runner?.stop();
  }
}
