/** GraphQL resolvers for the inbox event of a disabled webhook. */
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Directive, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { InboxEvents } from '../../attention/inbox.events';
import type { MessagingContext } from '../../context';
import { WebhookDisabled } from './webhook-disabled.type';
import type { WebhookEntity } from './webhook.entity';
import { Webhook } from './webhook.type';

@Resolver(() => WebhookDisabled)
export class WebhookDisabledResolver {
  @Directive(VIEWER_DEPENDENT)
  @FieldResolver(() => Webhook, {
    nullable: true,
    description: 'The current webhook; null if it was deleted or the viewer may no longer manage it.',
  })
  webhook(
    @Root() { webhookId }: InboxEvents['WebhookDisabled'],
    @Ctx() { loaders }: MessagingContext,
  ): Promise<WebhookEntity | null> {
    return loaders.webhook.accessWebhook(webhookId);
  }
}
