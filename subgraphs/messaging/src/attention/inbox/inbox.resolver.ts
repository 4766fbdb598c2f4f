/** Resolvers of the viewer's inbox. */
import { viewerOf } from '@chat/kit/graphql/context';
import { resumable, VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import {
  Arg,
  Ctx,
  Directive,
  FieldResolver,
  Int,
  Resolver,
  Root,
  Subscription,
  type ClassType,
  type SubscribeResolverData,
} from 'type-graphql';
import { Channel } from '../../channels/channel.type';
import { isMember } from '../../channels/channel.rules';
import { unreadRange } from '../../channels/viewer-membership';
import type { MessagingContext } from '../../context';
import { Message } from '../../messages/message.type';
import type { InboxEvents } from '../inbox.events';
import {
  ChannelJoined,
  DirectMessageReceived,
  DraftChanged,
  InboxEvent,
  Mentioned,
  NotificationsChanged,
  UnreadChanged,
  type InboxEventSource,
} from './inbox.type';

type Subscribing = SubscribeResolverData<unknown, { after?: string | null }, MessagingContext>;

@Resolver()
class InboxSubscriptionResolver {
  @Directive(VIEWER_DEPENDENT)
  @Directive(resumable('after', 'cursor'))
  @Subscription(() => InboxEvent, {
    description:
      'Events that concern the viewer, in all channels, each once and in order. A HistoryGap tells that earlier events are no longer kept.',
    subscribe: ({ args, context }: Subscribing) =>
      context.services.inbox.open(context.em, viewerOf(context).id, args.after),
  })
  inbox(
    @Root() event: InboxEventSource,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'Event cursor: the `cursor` of the last event that the client has seen. If absent, the subscription starts with new events. BAD_USER_INPUT if it is not an event cursor of this stream.',
    })
    _after?: string,
  ): InboxEventSource {
    return event;
  }
}

function messageNoticeResolver(type: ClassType) {
  @Resolver(() => type)
  class MessageNoticeResolver {
    @Directive(VIEWER_DEPENDENT)
    @FieldResolver(() => Message, {
      nullable: true,
      description: 'The message in its present state; null if the viewer may no longer see it.',
    })
    async message(@Ctx() { loaders }: MessagingContext, @Root() { messageId }: InboxEvents['Mentioned']) {
      return (await loaders.message.accessMessage(messageId))?.message ?? null;
    }
  }
  return MessageNoticeResolver;
}

function channelNoticeResolver(type: ClassType) {
  @Resolver(() => type)
  class ChannelNoticeResolver {
    @Directive(VIEWER_DEPENDENT)
    @FieldResolver(() => Channel, {
      nullable: true,
      description: 'The channel in its present state; null if the viewer may no longer see it.',
    })
    async channel(@Ctx() { loaders }: MessagingContext, @Root() { channelId }: InboxEvents['ChannelJoined']) {
      return (await loaders.channel.accessChannel(channelId))?.channel ?? null;
    }
  }
  return ChannelNoticeResolver;
}

@Resolver(() => UnreadChanged)
class UnreadChangedResolver {
  @Directive(VIEWER_DEPENDENT)
  @FieldResolver(() => Int, {
    description: "Present number of messages after the viewer's read marker, without deleted ones.",
  })
  async unreadCount(
    @Ctx() { loaders }: MessagingContext,
    @Root() { channelId }: InboxEvents['UnreadChanged'],
  ): Promise<number> {
    const access = await loaders.channel.accessChannel(channelId);
    const range = access && unreadRange(access);
    return range ? loaders.unread.load(range) : 0;
  }

  @Directive(VIEWER_DEPENDENT)
  @FieldResolver(() => Int, { description: 'Present number of unread messages that mention the viewer.' })
  async mentionCount(
    @Ctx() { loaders }: MessagingContext,
    @Root() { channelId }: InboxEvents['UnreadChanged'],
  ): Promise<number> {
    const access = await loaders.channel.accessChannel(channelId);
    return access && isMember(access) ? access.membership!.mentionCount : 0;
  }
}

export const inboxResolvers = [
  InboxSubscriptionResolver,
  UnreadChangedResolver,
  ...[Mentioned, DirectMessageReceived].map(messageNoticeResolver),
  ...[ChannelJoined, UnreadChanged, NotificationsChanged, DraftChanged].map(channelNoticeResolver),
];
