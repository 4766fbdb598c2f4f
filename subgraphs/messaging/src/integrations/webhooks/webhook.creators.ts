/**
 * Disables outgoing webhooks after their creator has lost access: by removal, ban, demotion, deactivation, a revoked grant, group or role,
 * or the end of the API key that created the webhook. Checked before an event is queued and before each attempt.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { EventLog } from '@chat/kit/events/event-log';
import type { AbsentAuthors } from '../../channels/absent-authors';
import { tellOwner } from './webhook-disabled.type';
import type { WebhookEntity } from './webhook.entity';

/** The owner and channel of a webhook. */
export type Listener = Pick<WebhookEntity, 'id' | 'channelId' | 'createdBy' | 'madeByKey'>;

export class WebhookCreators {
  constructor(
    private readonly authors: AbsentAuthors,
    private readonly eventLog: EventLog,
  ) {}

  /** The reason for which the creator has lost access; undefined if not. */
  refusal(
    em: EntityManager,
    { channelId, createdBy: accountId, madeByKey: keyId }: Listener,
  ): Promise<string | undefined> {
    const author = { accountId, keyId };
    return channelId === null
      ? this.authors.administratingRefusal(em, author)
      : this.authors.listeningRefusal(em, author, channelId);
  }

  /** Whether the webhook may continue. If not, disables it and notifies its creator. */
  async keep(em: EntityManager, listener: Listener): Promise<boolean> {
    const refusal = await this.refusal(em, listener);
    if (refusal === undefined) return true;
    await this.eventLog.transaction(em, async (tx, append) => {
      const disabled = await tx.execute<unknown[]>(
        `update messaging.webhooks set disabled_at = now(), disabled_reason = ?
         where id = ? and created_by = ? and disabled_at is null returning 1`,
        [refusal, listener.id, listener.createdBy],
      );
      if (disabled.length > 0) await tellOwner(append, listener.id, listener.createdBy, refusal);
    });
    return false;
  }
}
