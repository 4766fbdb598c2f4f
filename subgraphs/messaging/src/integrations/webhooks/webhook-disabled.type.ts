/** Stops a webhook and tells its owner, in the inbox, why. */
import type { Append } from '@chat/kit/events/event-log';
import { Field, ObjectType } from 'type-graphql';
import { inboxStream } from '../../attention/inbox.events';
import { InboxEvent } from '../../attention/inbox/inbox.type';

@ObjectType({
  implements: InboxEvent,
  simpleResolvers: true,
  description: 'A webhook that the viewer created has stopped.',
})
export class WebhookDisabled extends InboxEvent {
  @Field(() => String, {
    nullable: true,
    description: 'Why it stopped, in words; null for events from before reasons were kept.',
  })
  reason!: string | null;
}

/** Within the transaction that disables it. */
export async function tellOwner(append: Append, webhookId: string, ownerId: string, reason: string): Promise<void> {
  await append(inboxStream.of(ownerId), 'WebhookDisabled', { webhookId, reason });
}
