/**
 * Stops outgoing webhooks whose creators have lost access: removed, banned, demoted or deactivated, by a grant, group or role that was
 * taken back, or by the end of the API key that made the webhook. Asked before an event is written down for a webhook, and again
 * before each attempt to deliver it.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { EventLog } from '@chat/kit/events/event-log';
import type { AbsentAuthors } from '../../channels/absent-authors';
import { tellOwner } from './webhook-disabled.type';
import type { WebhookEntity } from './webhook.entity';

/** The part of a webhook that says for whom it listens, and where. */
export type Listener = Pick<WebhookEntity, 'id' | 'channelId' | 'createdBy' | 'madeByKey'>;

export class WebhookCreators {
  constructor(
    private readonly authors: AbsentAuthors,
    private readonly eventLog: EventLog,
  ) {}

  /** Why the creator may no longer have the webhook; undefined while it may. */
  refusal(
    em: EntityManager,
    { channelId, createdBy: accountId, madeByKey: keyId }: Listener,
  ): Promise<string | undefined> {
    const author = { accountId, keyId };
    return channelId === null
      ? this.authors.administratingRefusal(em, author)
      : this.authors.listeningRefusal(em, author, channelId);
  }

  /** Whether the webhook may hear on. If not, it is disabled and its creator told. */
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
