/** GraphQL resolvers for webhooks. */
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { notFound } from '@chat/kit/errors';
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { Directive, Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
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
  @Query(() => Webhook, { description: 'One webhook. NOT_FOUND if the viewer may not manage it.' })
  webhook(
    @Arg('id', () => ID, { description: 'The webhook.' }) id: string,
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
        'Lists the webhooks of this channel; for its moderators. If absent, lists those of the whole installation; for administrators.',
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
    description: 'The signing secret for a Standard Webhooks library: `whsec_` and Base64.',
  })
  secret(@Root() webhook: WebhookEntity, @Ctx() { services }: MessagingContext): string {
    return services.webhooks.secretOf(webhook);
  }

  @Directive(VIEWER_DEPENDENT)
  @FieldResolver(() => Channel, {
    nullable: true,
    description:
      'The channel of the events; null for the whole installation, or if the viewer may not see the channel.',
  })
  async channel(@Root() { channelId }: WebhookEntity, @Ctx() { loaders }: MessagingContext) {
    return channelId === null ? null : ((await loaders.channel.accessChannel(channelId))?.channel ?? null);
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'The creator; null if the account no longer exists.',
  })
  creator(@Root() { createdBy }: WebhookEntity): User {
    return { id: createdBy };
  }

  @FieldResolver(() => WebhookDeliveryConnection, { description: 'The log of deliveries, newest first.' })
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
    description: 'Creates a webhook for future events. LIMIT_EXCEEDED if there are too many.',
  })
  async createWebhook(
    @Arg('input', () => CreateWebhookInput, { description: 'The webhook.' }) input: CreateWebhookInput,
    @Ctx() context: MessagingContext,
  ): Promise<WebhookEntity> {
    const { em, loaders, services } = context;
    const access = input.channelId == null ? null : await loaders.channel.accessChannel(input.channelId);
    return services.webhooks.createWebhook(em, viewerOf(context), access, input);
  }

  @Mutation(() => Boolean, { description: 'Deletes a webhook with its log and its pending deliveries.' })
  async deleteWebhook(
    @Arg('id', () => ID, { description: 'The webhook.' }) id: string,
    @Ctx() { em, services }: MessagingContext,
  ): Promise<boolean> {
    await services.webhooks.deleteWebhook(em, id);
    return true;
  }

  @Mutation(() => Webhook, {
    description:
      'Enables a disabled webhook for future events. If its creator has lost access, the viewer becomes its owner.',
  })
  async enableWebhook(
    @Arg('id', () => ID, { description: 'The webhook.' }) id: string,
    @Ctx() context: MessagingContext,
  ): Promise<WebhookEntity> {
    return context.services.webhooks.enableWebhook(context.em, viewerOf(context), await access(context, id));
  }

  @Mutation(() => Webhook, {
    description:
      'Rotates the secret of a webhook. During the overlap, requests are signed with both secrets, the new one first.',
  })
  async rotateWebhookSecret(
    @Arg('id', () => ID, { description: 'The webhook.' }) id: string,
    @Ctx() context: MessagingContext,
    @Arg('overlapSeconds', () => Int, {
      defaultValue: 86_400,
      description: `The overlap in which the old secret stays valid, in seconds: 0 to ${MAX_OVERLAP_SECONDS}.`,
    })
    overlapSeconds: number,
  ): Promise<WebhookEntity> {
    return context.services.webhooks.rotateWebhookSecret(context.em, await access(context, id), overlapSeconds);
  }

  @Mutation(() => WebhookDelivery, {
    description:
      'Repeats a delivery in any state, with the same `webhook-id` and body, but without the text of a message that was deleted. CONFLICT if the webhook is disabled.',
  })
  async redeliverWebhookDelivery(
    @Arg('id', () => ID, { description: 'The delivery.' }) id: string,
    @Ctx() context: MessagingContext,
  ): Promise<WebhookDeliveryEntity> {
    const found = await accessDelivery(context, id);
    if (!found) throw notFound('Delivery');
    return context.services.webhooks.redeliverWebhookDelivery(context.em, found.webhook, found.delivery);
  }
}
