/** Scheduled messages in the graph. */
import { pageArgumentDescriptions } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { keyOf } from '../../channels/absent-authors';
import { Channel } from '../../channels/channel.type';
import type { MessagingContext } from '../../context';
import { MAX_SCHEDULED, type ScheduledMessageEntity } from './scheduled-message.service';
import { ScheduledMessage, ScheduledMessageConnection, ScheduleMessageInput } from './scheduled-message.type';

@Resolver(() => ScheduledMessage)
export class ScheduledMessageResolver {
  @Query(() => ScheduledMessageConnection, { description: 'What the viewer has scheduled, next first.' })
  scheduledMessages(
    @Ctx() context: MessagingContext,
    @Arg('first', () => Int, { nullable: true, description: pageArgumentDescriptions.first }) first?: number,
    @Arg('after', () => String, { nullable: true, description: pageArgumentDescriptions.after }) after?: string,
    @Arg('last', () => Int, { nullable: true, description: pageArgumentDescriptions.last }) last?: number,
    @Arg('before', () => String, { nullable: true, description: pageArgumentDescriptions.before }) before?: string,
  ) {
    const page = { first, after, last, before };
    return context.services.scheduledMessages.scheduledMessages(context.em, viewerOf(context).id, page);
  }

  @FieldResolver(() => Channel, {
    nullable: true,
    description: 'Into which channel it is sent; null where the viewer may no longer see it.',
  })
  async channel(@Ctx() { loaders }: MessagingContext, @Root() { channelId }: ScheduledMessageEntity) {
    return (await loaders.channel.accessChannel(channelId))?.channel ?? null;
  }

  @Mutation(() => ScheduledMessage, {
    description: `Sends a message later, if the viewer may send it then. LIMIT_EXCEEDED where ${MAX_SCHEDULED} are waiting already.`,
  })
  async scheduleMessage(
    @Ctx() context: MessagingContext,
    @Arg('input', () => ScheduleMessageInput, { description: 'What to send, where and when.' })
    input: ScheduleMessageInput,
  ) {
    const access = await context.loaders.channel.requireChannel(input.channelId);
    const keyId = keyOf(viewerOf(context));
    return context.services.scheduledMessages.scheduleMessage(context.em, access, keyId, input);
  }

  @Mutation(() => Boolean, {
    description: 'Takes back a message that has not been sent yet. NOT_FOUND where it is being sent.',
  })
  async cancelScheduledMessage(
    @Ctx() context: MessagingContext,
    @Arg('id', () => ID, { description: 'Which scheduled message.' }) id: string,
  ): Promise<boolean> {
    await context.services.scheduledMessages.cancelScheduledMessage(context.em, viewerOf(context).id, id);
    return true;
  }
}
