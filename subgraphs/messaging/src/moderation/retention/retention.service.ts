/**
 * Removes expired data: messages of channels with a retention period, with their events; old events of all streams; failed scheduled
 * messages and jobs. A subscription that resumes from a removed event receives a gap.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { EventLog } from '@chat/kit/events/event-log';
import type { Jobs } from '@chat/kit/jobs/jobs';
import type { Logger } from '@chat/kit/logging';
import { daysAgo } from '@chat/kit/days-ago';
import { channelStream } from '../../channels/channel.events';
import { forgetDelivered } from '../../messages/message.deliveries';

/** The maximum number of messages or events in one batch. */
const BATCH = 5000;

/** The mentions of accounts in a channel up to a message; its values are the channel and `seq`, twice. */
const MENTIONS = `select channel_id, user_id, seq from messaging.mentions where channel_id = ? and seq <= ? and not is_withdrawn
  union all
  select e.channel_id, r.user_id, e.seq from messaging.channel_mentions e join messaging.members r on r.channel_id = e.channel_id
  where e.channel_id = ? and e.seq <= ? and r.state = 'JOINED' and r.joined_seq < e.seq and r.user_id is distinct from e.silent_id`;

export class RetentionService {
  /** @param eventDays the retention of events, in days */
  constructor(
    private readonly eventLog: EventLog,
    private readonly jobs: Jobs,
    private readonly fork: () => EntityManager,
    private readonly log: Logger,
    private readonly eventDays: number,
  ) {}

  /** The job. Idempotent, and may be interrupted. */
  readonly removeExpired = async (): Promise<void> => {
    const channels = await this.fork().execute<{ id: string; retention_days: number }[]>(
      'select id, retention_days from messaging.channels where retention_days is not null',
    );
    for (const { id, retention_days: days } of channels) {
      const removed = await this.removeFrom(id, daysAgo(days));
      if (removed > 0) this.log.info({ channelId: id, removed }, 'removed expired messages');
    }
    const before = daysAgo(this.eventDays);
    await this.forgetEvents(before);
    await this.jobs.forgetFailed(this.fork(), before);
  };

  /** Removes messages sent before `before`. @returns their number */
  async removeFrom(channelId: string, before: Date): Promise<number> {
    let removed = 0;
    for (;;) {
      const rows = await this.fork().execute<{ seq: string; event_seq: string }[]>(
        `select seq, event_seq from messaging.messages where channel_id = ? and created_at < ? order by created_at, seq limit ?`,
        [channelId, before, BATCH],
      );
      if (rows.length === 0) return removed;
      const seq = Math.max(...rows.map((row) => Number(row.seq)));
      const eventSeq = Math.max(...rows.map((row) => Number(row.event_seq)));
      await this.fork().transactional((tx) => this.remove(tx, channelId, seq, eventSeq));
      removed += rows.length;
    }
  }

  private async remove(tx: EntityManager, channelId: string, seq: number, eventSeq: number): Promise<void> {
    await tx.execute('update messaging.channels set first_seq = greatest(first_seq, ?) where id = ?', [
      seq + 1,
      channelId,
    ]);
    const mentions = [channelId, seq, channelId, seq];
    // Removed messages are not unread. The lock keeps read markers in place between the count and the update.
    await tx.execute(
      `select 1 from messaging.members m where m.channel_id = ? and m.user_id in (
         select user_id from (${MENTIONS}) a)
       order by m.user_id for no key update`,
      [channelId, ...mentions],
    );
    await tx.execute(
      `update messaging.members m set mention_count = greatest(m.mention_count - gone.n, 0)
       from (select a.user_id, count(*) as n from (${MENTIONS}) a
             join messaging.members r on r.channel_id = a.channel_id and r.user_id = a.user_id and r.read_seq < a.seq group by 1) gone
       where m.channel_id = ? and m.user_id = gone.user_id`,
      [...mentions, channelId],
    );
    for (const table of ['mentions', 'channel_mentions'])
      await tx.execute(`delete from messaging.${table} where channel_id = ? and seq <= ?`, [channelId, seq]);
    const removed = await tx.execute<{ id: string }[]>(
      'delete from messaging.messages where channel_id = ? and seq <= ? returning id',
      [channelId, seq],
    );
    await forgetDelivered(
      tx,
      removed.map(({ id }) => id),
    );
    await this.eventLog.forgetUntil(tx, channelStream.of(channelId), eventSeq);
  }

  /** Removes events before `before`. One stream per transaction, so that streams do not wait for each other. */
  private async forgetEvents(before: Date): Promise<void> {
    for (;;) {
      const streams = await this.fork().execute<{ stream: string; seq: string }[]>(
        `select stream, max(seq) as seq from (
           select stream, seq from messaging.event where created_at < ? limit ${BATCH}) old group by stream`,
        [before],
      );
      if (streams.length === 0) return;
      for (const { stream, seq } of streams) await this.eventLog.forgetUntil(this.fork(), stream, Number(seq));
    }
  }
}
