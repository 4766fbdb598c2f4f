/** Webhooks in the graph. */
import { notFound } from '@chat/kit/errors';
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Channel } from '../../channels/channel.type';
import type { MessagingContext } from '../../context';
import { User } from '../../users/user.type';
import { accessDelivery } from './webhook.access';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity';
import type { WebhookEntity } from './webhook.entity';
import { CreateWebhookInput } from './webhook.input';
import { MAX_OVERLAP_SECONDS } from './webhook.service';
import { Webhook, WebhookConnection, WebhookDelivery, WebhookDeliveryConnection } from './webhook.type';

/** @throws NOT_FOUND */
async function access({ loaders }: MessagingContext, id: string): Promise<WebhookEntity> {
  const webhook = await loaders.webhook.accessWebhook(id);
  if (!webhook) throw notFound('Webhook');
  return webhook;
}

@Resolver(() => Webhook)
export class WebhookResolver {
  @Query(() => Webhook, { description: 'One webhook. NOT_FOUND where the viewer may not manage it.' })
  webhook(
    @Arg('id', () => ID, { description: 'Which webhook.' }) id: string,
    @Ctx() context: MessagingContext,
  ): Promise<WebhookEntity> {
    return access(context, id);
  }

  @Query(() => WebhookConnection, { description: 'Webhooks, oldest first.' })
  webhooks(
    @Ctx() { em, services }: MessagingContext,
    @Arg('channelId', () => ID, {
      nullable: true,
      description:
        'Those of this channel, for its moderators; absent: those of the whole installation, for administrators.',
    })
    channelId?: string | null,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first?: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after?: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last?: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before?: string | null,
  ) {
    return services.webhooks.webhooks(em, channelId?.toLowerCase() ?? null, { first, after, last, before });
  }

  @FieldResolver(() => String, {
    description: 'What its requests are signed with: `whsec_` and Base64, for a Standard Webhooks library.',
  })
  secret(@Root() webhook: WebhookEntity, @Ctx() { services }: MessagingContext): string {
    return services.webhooks.secretOf(webhook);
  }

  @FieldResolver(() => Channel, {
    nullable: true,
    description:
      "The channel whose events it hears of; null where it hears of the installation's, or the viewer may not see the channel.",
  })
  async channel(@Root() { channelId }: WebhookEntity, @Ctx() { loaders }: MessagingContext) {
    return channelId === null ? null : ((await loaders.channel.accessChannel(channelId))?.channel ?? null);
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'Who created it; null where the account no longer exists.',
  })
  creator(@Root() { createdBy }: WebhookEntity): User {
    return { id: createdBy };
  }

  @FieldResolver(() => WebhookDeliveryConnection, { description: 'What was sent and what came of it, newest first.' })
  deliveries(
    @Root() { id }: WebhookEntity,
    @Ctx() { em, services }: MessagingContext,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first?: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after?: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last?: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before?: string | null,
  ) {
    return services.webhooks.deliveries(em, id, { first, after, last, before });
  }

  @Mutation(() => Webhook, {
    description: 'Makes a webhook. It hears of what happens from now on. LIMIT_EXCEEDED where there are too many.',
  })
  async createWebhook(
    @Arg('input', () => CreateWebhookInput, { description: 'The webhook.' }) input: CreateWebhookInput,
    @Ctx() context: MessagingContext,
  ): Promise<WebhookEntity> {
    const { em, loaders, services } = context;
    const access = input.channelId == null ? null : await loaders.channel.accessChannel(input.channelId);
    return services.webhooks.createWebhook(em, viewerOf(context), access, input);
  }

  @Mutation(() => Boolean, { description: 'Deletes a webhook with its log. What is pending is not sent any more.' })
  async deleteWebhook(
    @Arg('id', () => ID, { description: 'Which webhook.' }) id: string,
    @Ctx() { em, services }: MessagingContext,
  ): Promise<boolean> {
    await services.webhooks.deleteWebhook(em, id);
    return true;
  }

  @Mutation(() => Webhook, {
    description:
      "Lets a webhook that has stopped work again, from now on. If its creator has lost access, it becomes the viewer's.",
  })
  async enableWebhook(
    @Arg('id', () => ID, { description: 'Which webhook.' }) id: string,
    @Ctx() context: MessagingContext,
  ): Promise<WebhookEntity> {
    return context.services.webhooks.enableWebhook(context.em, viewerOf(context), await access(context, id));
  }

  @Mutation(() => Webhook, {
    description:
      'Gives a webhook another secret. For a while requests are signed with both, the new one first, so that receivers can change over.',
  })
  async rotateWebhookSecret(
    @Arg('id', () => ID, { description: 'Which webhook.' }) id: string,
    @Ctx() context: MessagingContext,
    @Arg('overlapSeconds', () => Int, {
      defaultValue: 86_400,
      description: `For how long the old secret stays good, in seconds: 0 (not at all) to ${MAX_OVERLAP_SECONDS}.`,
    })
    overlapSeconds: number,
  ): Promise<WebhookEntity> {
    return context.services.webhooks.rotateWebhookSecret(context.em, await access(context, id), overlapSeconds);
  }

  @Mutation(() => WebhookDelivery, {
    description:
      'Sends a delivery once more, whatever became of it, with the same `webhook-id` and body, but for what a message said that is deleted by now. CONFLICT where the webhook is disabled.',
  })
  async redeliverWebhookDelivery(
    @Arg('id', () => ID, { description: 'Which delivery.' }) id: string,
    @Ctx() context: MessagingContext,
  ): Promise<WebhookDeliveryEntity> {
    const found = await accessDelivery(context, id);
    if (!found) throw notFound('Delivery');
    return context.services.webhooks.redeliverWebhookDelivery(context.em, found.webhook, found.delivery);
  }
}
