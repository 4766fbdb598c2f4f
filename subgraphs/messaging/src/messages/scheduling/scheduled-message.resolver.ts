/** GraphQL resolvers for scheduled messages. */
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { pageArgumentDescriptions } from '@chat/kit/graphql/connection';
import { notFound } from '@chat/kit/errors';
import { viewerOf } from '@chat/kit/graphql/context';
import { Directive, Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { keyOf } from '../../channels/absent-authors';
import { Channel } from '../../channels/channel.type';
import type { MessagingContext } from '../../context';
import type { ScheduledMessageEntity } from './scheduled-message.entity';
import { MAX_SCHEDULED } from './scheduled-message.service';
import {
  ScheduledMessage,
  ScheduledMessageConnection,
  ScheduleMessageInput,
  UpdateScheduledMessageInput,
} from './scheduled-message.type';

@Resolver(() => ScheduledMessage)
export class ScheduledMessageResolver {
  @Query(() => ScheduledMessageConnection, { description: 'Scheduled messages of the viewer, next first.' })
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

  @Directive(VIEWER_DEPENDENT)
  @FieldResolver(() => Channel, {
    nullable: true,
    description: 'The channel; null if the viewer may no longer see it.',
  })
  async channel(@Ctx() { loaders }: MessagingContext, @Root() { channelId }: ScheduledMessageEntity) {
    return (await loaders.channel.accessChannel(channelId))?.channel ?? null;
  }

  @Mutation(() => ScheduledMessage, {
    description: `Sends a message later, if the viewer may send it then. LIMIT_EXCEEDED if ${MAX_SCHEDULED} messages are already scheduled.`,
  })
  async scheduleMessage(
    @Ctx() context: MessagingContext,
    @Arg('input', () => ScheduleMessageInput, { description: 'The message, its channel and its time.' })
    input: ScheduleMessageInput,
  ) {
    const access = await context.loaders.channel.requireChannel(input.channelId);
    const keyId = keyOf(viewerOf(context));
    return context.services.scheduledMessages.scheduleMessage(context.em, access, keyId, input);
  }

  @Mutation(() => ScheduledMessage, {
    description:
      'Changes the text or the time of a scheduled message; for its author, who must be allowed to send it now. A failed message is scheduled again if it gets a time in the future. NOT_FOUND if it was sent or is being sent.',
  })
  async updateScheduledMessage(
    @Ctx() context: MessagingContext,
    @Arg('input', () => UpdateScheduledMessageInput, { description: 'The changes.' })
    input: UpdateScheduledMessageInput,
  ) {
    const { em, loaders, services } = context;
    const viewer = viewerOf(context);
    const message = await services.scheduledMessages.findScheduledMessage(em, viewer.id, input.id);
    if (!message) throw notFound('Scheduled message');
    const access = await loaders.channel.requireChannel(message.channelId);
    return services.scheduledMessages.updateScheduledMessage(em, access, keyOf(viewer), input);
  }

  @Mutation(() => Boolean, {
    description: 'Cancels a scheduled message. NOT_FOUND if it was sent or is being sent.',
  })
  async cancelScheduledMessage(
    @Ctx() context: MessagingContext,
    @Arg('id', () => ID, { description: 'The scheduled message.' }) id: string,
  ): Promise<boolean> {
    await context.services.scheduledMessages.cancelScheduledMessage(context.em, viewerOf(context).id, id);
    return true;
  }
}
