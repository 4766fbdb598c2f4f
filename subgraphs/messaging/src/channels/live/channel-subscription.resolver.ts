/** Subscriptions of a channel. message.policy.ts authorizes at subscribe and after each change of access. */
import { ApiError } from '@chat/kit/errors';
import type { FeedItem } from '@chat/kit/events/event-feed';
import { mapFeed } from '@chat/kit/events/map-feed';
import { resumable } from '@chat/kit/graphql/live-directives';
import { startingAt } from '@chat/kit/graphql/start-cursor';
import { Arg, Ctx, Directive, ID, Resolver, Root, Subscription, type SubscribeResolverData } from 'type-graphql';
import { channelStream, type ChannelEvents } from '../channel.events';
import type { MessagingContext } from '../../context';
import type { MessageEntity } from '../../messages/message.entity';
import { Message } from '../../messages/message.type';
import { ChannelEvent, type ChannelEventSource, type EventPlace, type HistoryGapSource } from './channel-event.type';

const AFTER =
  'Event cursor: the `cursor` of the last event that the client has seen. If absent, the subscription starts with new events. BAD_USER_INPUT if it is not an event cursor of this stream.';

interface ChannelEventArguments {
  channelId: string;
  after?: string | null;
}

type Subscribing = SubscribeResolverData<unknown, ChannelEventArguments, MessagingContext>;

async function open<Event>(
  { args, context }: Subscribing,
  map: (item: FeedItem<ChannelEvents>, place: EventPlace) => Event | undefined,
) {
  const channelId = args.channelId.toLowerCase();
  const stream = channelStream.of(channelId);
  const feed = await context.feed.open(stream, channelStream.position(channelId, args.after));
  const cursorOf = (seq: number) => context.feed.cursorOf(stream, seq);
  const events = mapFeed(feed, (item) =>
    map(item, { channelId, cursor: cursorOf(item.kind === 'event' ? item.row.seq : item.firstSeq - 1) }),
  );
  return startingAt(events, cursorOf(feed.startSeq));
}

const gapAt = (place: EventPlace): HistoryGapSource => ({
  ...place,
  type: 'HistoryGap',
  reason: 'Earlier events are no longer kept. Read the channel again.',
});

function toEvent(item: FeedItem<ChannelEvents>, place: EventPlace): ChannelEventSource {
  return item.kind === 'gap' ? gapAt(place) : { ...item.row.payload, ...place, type: item.row.type };
}

type MessageAddedSource = EventPlace & { type: 'MessageAdded' } & ChannelEvents['MessageAdded'];

function toMessageAdded(
  item: FeedItem<ChannelEvents>,
  place: EventPlace,
): MessageAddedSource | HistoryGapSource | undefined {
  if (item.kind === 'gap') return gapAt(place);
  const { type, payload } = item.row;
  return type === 'MessageAdded' ? { ...payload, ...place, type } : undefined;
}

@Resolver()
export class ChannelSubscriptionResolver {
  @Directive(resumable('after', 'cursor'))
  @Subscription(() => Message, {
    description:
      'Messages as they are sent, each once and in order. If events after `after` are no longer kept, an error with the code SUBSCRIPTION_INTERRUPTED comes first.',
    subscribe: (data: Subscribing) => open(data, toMessageAdded),
  })
  async messageAdded(
    @Root() event: MessageAddedSource | HistoryGapSource,
    @Ctx() { loaders }: MessagingContext,
    @Arg('channelId', () => ID, { description: 'The channel.' }) _channelId: string,
    @Arg('after', () => String, { nullable: true, description: AFTER }) _after?: string,
  ): Promise<MessageEntity> {
    if (event.type === 'HistoryGap')
      throw new ApiError('SUBSCRIPTION_INTERRUPTED', 'Earlier messages are no longer kept. Read the channel again.');
    return loaders.message.messageOf(event);
  }

  @Directive(resumable('after', 'cursor'))
  @Subscription(() => ChannelEvent, {
    description:
      'All events of a channel, each once and in order. A HistoryGap tells that earlier events are no longer kept.',
    subscribe: (data: Subscribing) => open(data, toEvent),
  })
  async channelEvents(
    @Root() event: ChannelEventSource,
    @Ctx() { loaders }: MessagingContext,
    @Arg('channelId', () => ID, { description: 'The channel.' }) _channelId: string,
    @Arg('after', () => String, { nullable: true, description: AFTER }) _after?: string,
  ): Promise<ChannelEventSource> {
    // If retention has removed the message, earlier events about it cannot be resolved.
    const isGone = event.type !== 'HistoryGap' && event.messageId && (await loaders.message.isGone(event.messageId));
    return isGone ? { ...event, type: 'MessageDeleted' } : event;
  }
}
