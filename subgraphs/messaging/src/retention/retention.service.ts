/** Removes messages that are older than their channel keeps them, with the events that told of them. Whoever resumes from before is told of a gap. */
import type { EntityManager } from '@chat/kit/database/database';
import type { EventLog } from '@chat/kit/events/event-log';
import type { Logger } from '@chat/kit/logging';
import { channelStream } from '../channels/channel.events';

/** The most messages that one statement removes. */
const BATCH = 5000;

/** The task's name. */
export const REMOVE_EXPIRED = 'remove-expired-messages';

export class RetentionService {
  constructor(
    private readonly eventLog: EventLog,
    private readonly fork: () => EntityManager,
    private readonly log: Logger,
  ) {}

  /** The job; safe to repeat and to interrupt. */
  readonly removeExpired = async (): Promise<void> => {
    const channels = await this.fork().execute<{ id: string; retention_days: number }[]>(
      'select id, retention_days from messaging.channels where retention_days is not null',
    );
    for (const { id, retention_days: days } of channels) {
      const removed = await this.removeFrom(id, new Date(Date.now() - days * 86_400_000));
      if (removed > 0) this.log.info({ channelId: id, removed }, 'removed messages that were kept long enough');
    }
  };

  /** Removes what was sent before `before`. @returns how many messages. */
  async removeFrom(channelId: string, before: Date): Promise<number> {
    let removed = 0;
    for (;;) {
      const rows = await this.fork().execute<{ seq: string; event_seq: string }[]>(
        `select seq, event_seq from messaging.messages where channel_id = ? and created_at < ? order by created_at, seq limit ?`,
        [channelId, before, BATCH],
      );
      const last = rows.at(-1);
      if (!last) return removed;
      const seq = Math.max(...rows.map((row) => Number(row.seq)));
      const eventSeq = Math.max(...rows.map((row) => Number(row.event_seq)));
      await this.fork().transactional(async (tx) => {
        await tx.execute('update messaging.channels set first_seq = greatest(first_seq, ?) where id = ?', [
          seq + 1,
          channelId,
        ]);
        await tx.execute('delete from messaging.mentions where channel_id = ? and seq <= ?', [channelId, seq]);
        await tx.execute('delete from messaging.messages where channel_id = ? and seq <= ?', [channelId, seq]);
        await this.eventLog.forgetUntil(tx, channelStream(channelId), eventSeq);
      });
      removed += rows.length;
    }
  }
}
