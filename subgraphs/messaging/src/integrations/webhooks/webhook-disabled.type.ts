/** Tells the owner of a webhook, in its inbox, that it was given up. */
import type { Append } from '@chat/kit/events/event-log';
import { ObjectType } from 'type-graphql';
import { inboxStream } from '../../attention/inbox/inbox.events';
import { InboxEvent } from '../../attention/inbox/inbox.type';

@ObjectType({
  implements: InboxEvent,
  simpleResolvers: true,
  description: 'A webhook that the viewer created was given up: see its deliveries, then enable it again.',
})
export class WebhookDisabled extends InboxEvent {}

/** Within the transaction that disables it. */
export async function tellOwner(append: Append, webhookId: string, ownerId: string): Promise<void> {
  await append(inboxStream(ownerId), 'WebhookDisabled', { webhookId });
}
