/** Live streams of a channel. Who may follow it is decided before (message.policy.ts), at subscribe and at every change of access. */
import { ApiError } from '@chat/kit/errors';
import type { FeedItem } from '@chat/kit/events/event-feed';
import { mapFeed } from '@chat/kit/events/map-feed';
import { resumable } from '@chat/kit/graphql/live-directives';
import { Arg, Ctx, Directive, ID, Resolver, Root, Subscription, type SubscribeResolverData } from 'type-graphql';
import { channelCursor, channelPosition, channelStream } from '../channels/channel.events';
import type { MessagingContext } from '../context';
import type { MessageEntity } from '../messages/message.entity';
import { Message } from '../messages/message.type';
import { ChannelEvent, type ChannelEventSource } from './channel-event.type';

const AFTER = 'The cursor of the last event that was seen; without it only what happens from now on comes.';

interface ChannelEventArguments {
  channelId: string;
  after?: string | null;
}

type Subscribing = SubscribeResolverData<unknown, ChannelEventArguments, MessagingContext>;

const open = ({ args, context }: Subscribing) =>
  context.feed.open(
    channelStream(args.channelId.toLowerCase()),
    channelPosition(args.channelId.toLowerCase(), args.after),
  );

function toEvent(channelId: string, item: FeedItem): ChannelEventSource & { reason?: string } {
  if (item.kind === 'event')
    return {
      ...(item.row.payload as { messageId: string }),
      type: item.row.type,
      channelId,
      cursor: channelCursor(channelId, item.row.seq),
    };
  return {
    type: 'HistoryGap',
    channelId,
    messageId: '',
    cursor: channelCursor(channelId, item.firstSeq - 1),
    reason: 'Events from before are no longer kept. Read the channel again.',
  };
}

@Resolver()
export class ChannelSubscriptionResolver {
  @Directive(resumable('after', 'cursor'))
  @Subscription(() => Message, {
    description:
      'Messages as they are sent, each once and in order. Where events after `after` are no longer kept, an error with the code SUBSCRIPTION_INTERRUPTED comes first.',
    subscribe: async (data: Subscribing) =>
      mapFeed(await open(data), (item) => {
        const event = toEvent(data.args.channelId.toLowerCase(), item);
        return ['MessageAdded', 'HistoryGap'].includes(event.type) ? event : undefined;
      }),
  })
  async messageAdded(
    @Root() event: ChannelEventSource,
    @Ctx() { loaders }: MessagingContext,
    @Arg('channelId', () => ID, { description: 'Which channel.' }) _channelId: string,
    @Arg('after', () => String, { nullable: true, description: AFTER }) _after?: string,
  ): Promise<MessageEntity> {
    if (event.type === 'HistoryGap')
      throw new ApiError(
        'SUBSCRIPTION_INTERRUPTED',
        'Messages from before are no longer kept. Read the channel again.',
      );
    return loaders.message.messageOf(event);
  }

  @Directive(resumable('after', 'cursor'))
  @Subscription(() => ChannelEvent, {
    description:
      'Everything that happens in a channel, each event once and in order. HistoryGap says where some are no longer kept.',
    subscribe: async (data: Subscribing) =>
      mapFeed(await open(data), (item) => toEvent(data.args.channelId.toLowerCase(), item)),
  })
  async channelEvents(
    @Root() event: ChannelEventSource,
    @Ctx() { loaders }: MessagingContext,
    @Arg('channelId', () => ID, { description: 'Which channel.' }) _channelId: string,
    @Arg('after', () => String, { nullable: true, description: AFTER }) _after?: string,
  ): Promise<ChannelEventSource> {
    // What happened to a message before retention removed it is of no use any more, and the message cannot be shown.
    const isGone = Boolean(event.messageId) && (await loaders.message.isGone(event.messageId));
    return isGone ? { ...event, type: 'MessageDeleted' } : event;
  }
}
