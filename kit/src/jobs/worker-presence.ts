/**
 * Gives the jobs of killed processes to living ones. graphile-worker alone waits four hours, as a lock on a job does not say whether
 * its owner lives; here each owner also holds an advisory lock, which PostgreSQL lets go of with the owner's connection.
 * A process that has only lost its connection may so have a job run beside it: tasks bear being repeated.
 */
import { Client } from 'pg';
import type { Logger } from '../logging';

/** Set apart from other advisory locks in the same database. */
const LOCK_SPACE = 1_246_704_755;

/** For an owner that could not take its advisory lock at once, in seconds. */
const GRACE_SECONDS = 5;

/** All but the asking owner's own: its advisory lock is no obstacle to itself. */
const FREE_JOBS_OF_THE_DEAD = `
with owner as materialized (
  select distinct locked_by as id from graphile_worker.jobs
  where locked_by <> $3 and locked_at < now() - $2 * interval '1 second'),
dead as materialized (select id from owner where pg_try_advisory_xact_lock($1, hashtext(id)))
select id, graphile_worker.force_unlock_workers(array[id]) from dead`;

export class WorkerPresence implements AsyncDisposable {
  /** When the advisory lock was taken, or that has failed; jobs should not be begun before. */
  readonly held: Promise<void>;
  private readonly timer: NodeJS.Timeout;
  private client: Client | undefined;
  private sweeping: Promise<void>;

  /** @param ownerId by which jobs are locked for this process. */
  constructor(
    private readonly databaseUrl: string,
    private readonly ownerId: string,
    private readonly log: Logger,
    sweepMs: number,
  ) {
    this.sweeping = this.held = this.sweep();
    this.timer = setInterval(() => {
      this.sweeping = this.sweeping.then(() => this.sweep());
    }, sweepMs).unref();
  }

  private async sweep(): Promise<void> {
    try {
      const client = (this.client ??= await this.connect());
      const freed = await client.query<{ id: string }>(FREE_JOBS_OF_THE_DEAD, [
        LOCK_SPACE,
        GRACE_SECONDS,
        this.ownerId,
      ]);
      for (const { id } of freed.rows) this.log.warn({ worker: id }, 'jobs of a worker that is gone run again');
    } catch (error) {
      this.log.debug({ err: error }, 'jobs of dead workers were not looked for');
    }
  }

  private async connect(): Promise<Client> {
    const client = new Client({
      connectionString: this.databaseUrl,
      application_name: 'worker-presence',
      keepAlive: true,
    });
    client.on('error', () => (this.client = undefined)); // the next sweep connects again
    await client.connect();
    await client.query('select pg_advisory_lock($1, hashtext($2))', [LOCK_SPACE, this.ownerId]);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
    await this.client?.end().catch(() => undefined);
  }
}
