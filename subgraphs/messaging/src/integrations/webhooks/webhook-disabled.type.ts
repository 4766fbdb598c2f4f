/** The inbox event for a disabled webhook, and its creation. */
import type { Append } from '@chat/kit/events/event-log';
import { Field, ObjectType } from 'type-graphql';
import { inboxStream } from '../../attention/inbox.events';
import { InboxEvent } from '../../attention/inbox/inbox.type';

@ObjectType({
  implements: InboxEvent,
  simpleResolvers: true,
  description: 'A webhook of the viewer was disabled.',
})
export class WebhookDisabled extends InboxEvent {
  @Field(() => String, {
    nullable: true,
    description: 'The reason; null for events from before reasons were stored.',
  })
  reason!: string | null;
}

/** Notifies the owner in the transaction that disables the webhook. */
export async function tellOwner(append: Append, webhookId: string, ownerId: string, reason: string): Promise<void> {
  await append(inboxStream.of(ownerId), 'WebhookDisabled', { webhookId, reason });
}
