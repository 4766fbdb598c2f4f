/** GraphQL resolvers for incoming webhooks. Messages arrive over HTTP: incoming-webhook.http.ts. */
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { Directive, Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
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
    @Arg('channelId', () => ID, { description: 'The channel.' }) channelId: string,
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
      'The URL to post to. Anyone who has it can post, so only createIncomingWebhook returns it; otherwise null.',
  })
  url(@Root() webhook: IncomingWebhookEntity, @Ctx() { services }: MessagingContext): string | null {
    return services.incomingWebhooks.urlOf(webhook);
  }

  @Directive(VIEWER_DEPENDENT)
  @FieldResolver(() => Channel, { description: 'The channel of its messages. NOT_FOUND if the viewer may not see it.' })
  async channel(
    @Root() { channelId }: IncomingWebhookEntity,
    @Ctx() { loaders }: MessagingContext,
  ): Promise<ChannelEntity> {
    return (await loaders.channel.requireChannel(channelId)).channel;
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'The author of its messages; null if the account no longer exists.',
  })
  creator(@Root() { createdBy }: IncomingWebhookEntity): User {
    return { id: createdBy };
  }

  @Mutation(() => IncomingWebhook, {
    description:
      'Creates a URL that posts messages to a channel in the name of the viewer, as long as the viewer may write there. If an API key creates it, it ends with the key.',
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

  @Mutation(() => Boolean, { description: 'Deletes an incoming webhook. Its URL stops working; its messages stay.' })
  async deleteIncomingWebhook(
    @Arg('id', () => ID, { description: 'The incoming webhook.' }) id: string,
    @Ctx() { em, services }: MessagingContext,
  ): Promise<boolean> {
    await services.incomingWebhooks.deleteIncomingWebhook(em, id);
    return true;
  }
}
