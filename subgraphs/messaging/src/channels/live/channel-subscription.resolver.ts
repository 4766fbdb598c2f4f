/** Live streams of a channel. Who may follow it is decided before (message.policy.ts), at subscribe and at every change of access. */
import { ApiError } from '@chat/kit/errors';
import type { FeedItem } from '@chat/kit/events/event-feed';
import { mapFeed } from '@chat/kit/events/map-feed';
import { resumable } from '@chat/kit/graphql/live-directives';
import { startingAt } from '@chat/kit/graphql/start-cursor';
import { Arg, Ctx, Directive, ID, Resolver, Root, Subscription, type SubscribeResolverData } from 'type-graphql';
import { channelPosition, channelStream } from '../channel.events';
import type { MessagingContext } from '../../context';
import type { MessageEntity } from '../../messages/message.entity';
import { Message } from '../../messages/message.type';
import { ChannelEvent, type ChannelEventSource } from './channel-event.type';

const AFTER = 'The cursor of the last event that was seen; without it only what happens from now on comes.';

interface ChannelEventArguments {
  channelId: string;
  after?: string | null;
}

type Event = ChannelEventSource & { reason?: string };
type Subscribing = SubscribeResolverData<unknown, ChannelEventArguments, MessagingContext>;

async function open({ args, context }: Subscribing, map: (event: Event) => Event | undefined) {
  const channelId = args.channelId.toLowerCase();
  const stream = channelStream(channelId);
  const feed = await context.feed.open(stream, channelPosition(channelId, args.after));
  const cursorOf = (seq: number) => context.feed.cursorOf(stream, seq);
  const events = mapFeed(feed, (item) => map(toEvent(channelId, item, cursorOf)));
  return startingAt(events, cursorOf(feed.startSeq));
}

function toEvent(channelId: string, item: FeedItem, cursorOf: (seq: number) => string): Event {
  if (item.kind === 'event')
    return {
      ...(item.row.payload as { messageId: string }),
      type: item.row.type,
      channelId,
      cursor: cursorOf(item.row.seq),
    };
  return {
    type: 'HistoryGap',
    channelId,
    messageId: '',
    cursor: cursorOf(item.firstSeq - 1),
    reason: 'Events from before are no longer kept. Read the channel again.',
  };
}

@Resolver()
export class ChannelSubscriptionResolver {
  @Directive(resumable('after', 'cursor'))
  @Subscription(() => Message, {
    description:
      'Messages as they are sent, each once and in order. Where events after `after` are no longer kept, an error with the code SUBSCRIPTION_INTERRUPTED comes first.',
    subscribe: (data: Subscribing) =>
      open(data, (event) => (['MessageAdded', 'HistoryGap'].includes(event.type) ? event : undefined)),
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
    subscribe: (data: Subscribing) => open(data, (event) => event),
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
