/**
 * Gives the jobs of dead processes to living ones. graphile-worker alone waits four hours. Each worker renews a lease in
 * PostgreSQL; jobs whose worker's lease has expired run again. A process that was cut off or stopped for longer than its lease
 * may have a job run beside it: tasks must be idempotent.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryResult } from 'pg';
import type { Database } from '../database/database';
import type { Logger } from '../logging';

export interface WorkerLeaseOptions {
  /** Time between renewals, in milliseconds; default 3000. */
  renewMs?: number;
  /** Time after which others take over, in milliseconds; default 12,000. */
  leaseMs?: number;
}

/** A job that was just locked may be unknown to its worker: the answer is on its way. In seconds. */
const GRACE_SECONDS = 5;
/** Every so many renewals, workers without a lease are looked for; that reads all jobs. */
const LOOK_FOR_UNKNOWN = 3;
/** Pause after a failed attempt to take the lease, in milliseconds. */
const RETRY_MS = 500;

/** In a schema of its own: graphile-worker's belongs to graphile-worker. */
const CREATE_TABLE = `
select pg_advisory_xact_lock(hashtext('job_workers'));
create schema if not exists job_workers;
create table if not exists job_workers.lease (worker_id text primary key, expires_at timestamptz not null)`;

const RENEW = `
insert into job_workers.lease (worker_id, expires_at) values ($1, now() + $2 * interval '1 millisecond')
on conflict (worker_id) do update set expires_at = excluded.expires_at`;

/** Their place in the queue stays: `run_at` is not touched. */
const FREE_EXPIRED = `
with expired as (
  delete from job_workers.lease where expires_at < now() returning worker_id)
select worker_id, graphile_worker.force_unlock_workers(array[worker_id]) from expired`;

/** Workers that never had a lease, such as those of an earlier version. */
const FREE_UNKNOWN = `
with worker as materialized (
  select distinct locked_by as id from graphile_worker.jobs
  where locked_by is not null and locked_at < now() - $1 * interval '1 second'),
unknown as materialized (
  select id from worker where not exists (select from job_workers.lease where worker_id = id))
select id as worker_id, graphile_worker.force_unlock_workers(array[id]) from unknown`;

/** Jobs that are locked for a worker which does not run them. They have not used up an attempt. */
const FREE_OWN = `
with free as (
  update graphile_worker._private_jobs set locked_by = null, locked_at = null, attempts = greatest(attempts - 1, 0)
  where locked_by = $1 and id <> all($2::bigint[]) and locked_at < now() - $3 * interval '1 second')
update graphile_worker._private_job_queues queue set locked_by = null, locked_at = null
where locked_by = $1 and locked_at < now() - $3 * interval '1 second' and not exists (
  select from graphile_worker._private_jobs job where job.job_queue_id = queue.id and job.id = any($2::bigint[]))`;

export class WorkerLease implements AsyncDisposable {
  /** Settles when the lease is held, or when it was disposed of before. No job may start earlier. */
  readonly held: Promise<void>;
  private readonly closing = new AbortController();
  private readonly leaseMs: number;
  private readonly renewing: Promise<void>;

  /**
   * @param workerId locks jobs for this process
   * @param lostJobs whether jobs may be locked that are not running, and the ids of the running ones
   */
  constructor(
    private readonly database: Database,
    private readonly workerId: string,
    private readonly lostJobs: () => { runningIds: string[] } | undefined,
    private readonly log: Logger,
    { renewMs = 3000, leaseMs = 12_000 }: WorkerLeaseOptions = {},
  ) {
    this.leaseMs = leaseMs;
    this.held = this.take();
    this.renewing = this.held.then(() => this.keep(renewMs));
  }

  /** The table, for `Jobs.migrate`. */
  static migrate(query: (sql: string) => Promise<unknown>): Promise<unknown> {
    return query(CREATE_TABLE);
  }

  private async take(): Promise<void> {
    while (!(await this.renew())) {
      await this.pause(RETRY_MS);
      if (this.closing.signal.aborted) return;
    }
  }

  /** After an outage all leases have expired, so nobody is taken for dead before everybody had time to renew. */
  private async keep(renewMs: number): Promise<void> {
    let renewals = 0;
    let renewedSince = performance.now();
    while (!this.closing.signal.aborted) {
      if (performance.now() - renewedSince >= this.leaseMs / 2) await this.freeOthers(++renewals);
      await this.pause(renewMs);
      if (this.closing.signal.aborted) return;
      const began = performance.now();
      const isRenewed = await this.renew();
      if (!isRenewed || performance.now() - began > renewMs) renewedSince = performance.now();
    }
  }

  private async renew(): Promise<boolean> {
    try {
      await this.query(RENEW, [this.workerId, this.leaseMs]);
      return true;
    } catch (error) {
      this.log.debug({ err: error }, 'the lease of a job worker was not renewed');
      return false;
    }
  }

  private async freeOthers(renewals: number): Promise<void> {
    try {
      const { rows } = await this.query(FREE_EXPIRED, []);
      if (renewals % LOOK_FOR_UNKNOWN === 1) rows.push(...(await this.query(FREE_UNKNOWN, [GRACE_SECONDS])).rows);
      for (const { worker_id: worker } of rows) this.log.warn({ worker }, 'jobs of a worker that is gone run again');
      const lost = this.lostJobs();
      if (lost) await this.query(FREE_OWN, [this.workerId, lost.runningIds, GRACE_SECONDS]);
    } catch (error) {
      this.log.debug({ err: error }, 'jobs of dead workers were not looked for');
    }
  }

  private async query(sql: string, values: unknown[]): Promise<QueryResult<{ worker_id: string }>> {
    const pool = await this.database.pool();
    return pool.query<{ worker_id: string }>(sql, values);
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.closing.signal, ref: false }).catch(() => undefined);
  }

  /** Gives everything back, so that others need not wait for the lease to expire. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.closing.abort();
    await this.held;
    await this.renewing;
    try {
      await this.query(FREE_OWN, [this.workerId, [], 0]);
      await this.query('delete from job_workers.lease where worker_id = $1', [this.workerId]);
    } catch (error) {
      this.log.debug({ err: error }, 'a job worker ends without giving its jobs back');
    }
  }
}
