/** Fans an event out to deliveries: one for each matching webhook with an authorized creator. Idempotent. */
import type { EntityManager } from '@chat/kit/database/database';
import type { EventRow } from '@chat/kit/events/stream-kind';
import { newId } from '@chat/kit/ids';
import type { Jobs } from '@chat/kit/jobs/jobs';
import { channelStream } from '../../channels/channel.events';
import type { Listener, WebhookCreators } from './webhook.creators';
import { aboutOf, ALL_EVENTS, subjectOf, webhookBody, type StoredEvent } from './webhook.events';
import { enqueueAttempt } from './webhook.jobs';

export class WebhookDispatcher {
  constructor(
    private readonly fork: () => EntityManager,
    private readonly jobs: Jobs,
    private readonly creators: WebhookCreators,
  ) {}

  /** Does nothing if retention has removed the event. */
  async dispatch({ stream, seq }: { stream: string; seq: number }): Promise<void> {
    const em = this.fork();
    const event = await findEvent(em, stream, seq);
    if (!event) return;
    const webhookIds = await this.listeners(em, event);
    if (webhookIds.length === 0) return;
    await em.transactional(async (tx) => {
      const body = await webhookBody(tx, event);
      const deliveries = await tx.execute<{ id: string; webhook_id: string }[]>(
        `insert into messaging.webhook_deliveries
           (id, webhook_id, message_id, event, stream, seq, body, status, attempts, next_attempt_at, created_at)
         select id, webhook_id, ?::uuid, ?, ?, ?, ?, 'PENDING', 0, now(), now()
         from jsonb_to_recordset(?::jsonb) as delivery (id uuid, webhook_id uuid)
         on conflict (webhook_id, stream, seq) do nothing returning id, webhook_id`,
        [
          aboutOf(event).messageId ?? null,
          ...[event.type, stream, seq, body],
          JSON.stringify(webhookIds.map((webhookId) => ({ id: newId(), webhook_id: webhookId }))),
        ],
      );
      for (const { id, webhook_id: webhookId } of deliveries) await enqueueAttempt(this.jobs, tx, { id, webhookId });
    });
  }

  /** Installation-wide webhooks get only projects and public channels, so administrators cannot read private channels. */
  private async listeners(em: EntityManager, event: EventRow): Promise<string[]> {
    const { stream, type } = event;
    const { kind, id } = subjectOf(stream);
    const wasPublic = channelStream.holds(event) && event.type === 'ChannelDeleted' && event.payload.isPublic;
    const rows = await em.execute<Listener[]>(
      `select w.id, w.channel_id as "channelId", w.created_by as "createdBy", w.made_by_key as "madeByKey" from messaging.webhooks w
       where w.disabled_at is null and w.events && array[?, ?]
         and case when w.channel_id is not null then ? = 'channel' and w.channel_id = ?::uuid
             else ? = 'project' or ? or exists (
               select 1 from messaging.channels c where c.id = ?::uuid and c.type = 'PUBLIC') end
       order by w.id`,
      [type, ALL_EVENTS, kind, id, kind, wasPublic, id],
    );
    const isKept = await Promise.all(rows.map((row) => this.creators.keep(this.fork(), row)));
    return rows.filter((_, index) => isKept[index]).map((row) => row.id);
  }
}

async function findEvent(em: EntityManager, stream: string, seq: number): Promise<StoredEvent | undefined> {
  const [row] = await em.execute<{ type: string; payload: Record<string, unknown>; created_at: string }[]>(
    'select type, payload, created_at from messaging.event where stream = ? and seq = ?',
    [stream, seq],
  );
  return row && { stream, seq, type: row.type, payload: row.payload, createdAt: new Date(row.created_at) };
}
