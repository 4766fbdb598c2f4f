/** Removes the messages of deleted channels and their dependent rows in batches. A job; no query finds these messages meanwhile. */
import type { EntityManager } from '@chat/kit/database/database';
import type { JobTask, Jobs } from '@chat/kit/jobs/jobs';
import { forgetDelivered } from '../../messages/message.deliveries';

/** Messages per transaction. */
const BATCH = 2000;

/** The task's name. */
export const REMOVE_CHANNEL = 'remove-messages-of-channel';

export class DeletedChannels {
  constructor(
    private readonly jobs: Jobs,
    private readonly fork: () => EntityManager,
  ) {}

  /** Call it in the transaction that deletes the channel. */
  async add(tx: EntityManager, id: string): Promise<void> {
    await tx.execute('insert into messaging.deleted_channels (id) values (?)', [id]);
    // Open reports would stay in the queue of moderators until the job has run.
    await tx.execute(`delete from messaging.reports where channel_id = ? and state = 'OPEN'`, [id]);
    await this.enqueue(tx, id);
  }

  /** Enqueues the jobs of channels that still have messages, in case a job failed for good. */
  async resume(): Promise<void> {
    const em = this.fork();
    const rows = await em.execute<{ id: string }[]>('select id from messaging.deleted_channels');
    for (const { id } of rows) await this.enqueue(em, id);
  }

  /** The job. Idempotent, and resumes if it is interrupted. */
  readonly removeMessages: JobTask = async ({ id }: { id: string }, { signal }) => {
    while (await this.removeBatch(id)) signal.throwIfAborted();
    await this.fork().execute('delete from messaging.deleted_channels where id = ?', [id]);
  };

  /** @returns whether there may be another batch. */
  private removeBatch(id: string): Promise<boolean> {
    return this.fork().transactional(async (tx) => {
      const removed = await tx.execute<{ id: string; seq: string }[]>(
        `delete from messaging.messages where channel_id = ? and seq <= (
           select max(seq) from (select seq from messaging.messages where channel_id = ? order by seq limit ${BATCH}) batch)
         returning id, seq`,
        [id, id],
      );
      const last = Math.max(0, ...removed.map(({ seq }) => Number(seq)));
      await tx.execute('delete from messaging.mentions where channel_id = ? and seq <= ?', [id, last]);
      await forgetDelivered(
        tx,
        removed.map((row) => row.id),
      );
      return removed.length > 0;
    });
  }

  private enqueue(em: EntityManager, id: string): Promise<void> {
    return this.jobs.enqueue(em, REMOVE_CHANNEL, { id }, { key: `${REMOVE_CHANNEL}:${id}` });
  }
}
