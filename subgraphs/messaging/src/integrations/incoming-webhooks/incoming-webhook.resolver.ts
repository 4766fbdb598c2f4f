/** Incoming webhooks in the graph. Messages come over HTTP: see incoming-webhook.http.ts. */
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { keyOf } from '../../channels/absent-authors';
import type { ChannelEntity } from '../../channels/channel.entity';
import { Channel } from '../../channels/channel.type';
import type { MessagingContext } from '../../context';
import { User } from '../../users/user.type';
import type { IncomingWebhookEntity } from './incoming-webhook.entity';
import { CreateIncomingWebhookInput } from './incoming-webhook.input';
import { IncomingWebhook, IncomingWebhookConnection } from './incoming-webhook.type';

@Resolver(() => IncomingWebhook)
export class IncomingWebhookResolver {
  @Query(() => IncomingWebhookConnection, {
    description: 'Incoming webhooks of a channel, oldest first; for its moderators.',
  })
  incomingWebhooks(
    @Arg('channelId', () => ID, { description: 'Of which channel.' }) channelId: string,
    @Ctx() { em, services }: MessagingContext,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first?: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after?: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last?: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before?: string | null,
  ) {
    return services.incomingWebhooks.incomingWebhooks(em, channelId.toLowerCase(), { first, after, last, before });
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'Where to send messages. Whoever knows it may send: it is given by createIncomingWebhook and never again.',
  })
  url(@Root() webhook: IncomingWebhookEntity, @Ctx() { services }: MessagingContext): string | null {
    return services.incomingWebhooks.urlOf(webhook);
  }

  @FieldResolver(() => Channel, { description: 'Where its messages go. NOT_FOUND where the viewer does not see it.' })
  async channel(
    @Root() { channelId }: IncomingWebhookEntity,
    @Ctx() { loaders }: MessagingContext,
  ): Promise<ChannelEntity> {
    return (await loaders.channel.requireChannel(channelId)).channel;
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'In whose name it sends; null where the account no longer exists.',
  })
  creator(@Root() { createdBy }: IncomingWebhookEntity): User {
    return { id: createdBy };
  }

  @Mutation(() => IncomingWebhook, {
    description:
      'Makes a URL that brings messages into a channel, in the name of the viewer and for as long as the viewer may write there. If it is made by an API key, it ends with the key.',
  })
  async createIncomingWebhook(
    @Arg('input', () => CreateIncomingWebhookInput, { description: 'The incoming webhook.' })
    { channelId, name }: CreateIncomingWebhookInput,
    @Ctx() context: MessagingContext,
  ): Promise<IncomingWebhookEntity> {
    const access = await context.loaders.channel.requireChannel(channelId);
    const keyId = keyOf(viewerOf(context));
    return context.services.incomingWebhooks.createIncomingWebhook(context.em, access, keyId, name);
  }

  @Mutation(() => Boolean, { description: 'Deletes an incoming webhook: its URL stops working. Its messages stay.' })
  async deleteIncomingWebhook(
    @Arg('id', () => ID, { description: 'Which incoming webhook.' }) id: string,
    @Ctx() { em, services }: MessagingContext,
  ): Promise<boolean> {
    await services.incomingWebhooks.deleteIncomingWebhook(em, id);
    return true;
  }
}
