/** The event stream of a room. live.feature.ts has its policy. */
import type { FeedItem } from '@chat/kit/events/event-feed';
import { mapFeed } from '@chat/kit/events/map-feed';
import { resumable } from '@chat/kit/graphql/live-directives';
import { startingAt } from '@chat/kit/graphql/start-cursor';
import { Arg, Ctx, Directive, ID, Resolver, Root, Subscription, type SubscribeResolverData } from 'type-graphql';
import type { RoomsContext } from '../context';
import { roomStream, type RoomEvents } from '../rooms/room.events';
import { RoomEvent, type EventPlace, type RoomEventSource } from './room-event.type';

interface EventArguments {
  roomId: string;
  after?: string | null;
}

function toEvent(item: FeedItem<RoomEvents>, place: EventPlace): RoomEventSource {
  if (item.kind === 'gap')
    return { ...place, type: 'RoomHistoryGap', reason: 'Earlier events are no longer kept. Read the room again.' };
  return { ...item.row.payload, ...place, type: item.row.type };
}

@Resolver()
export class RoomSubscriptionResolver {
  @Directive(resumable('after', 'cursor'))
  @Subscription(() => RoomEvent, {
    description:
      'All events of a room except poses, each once and in order. A RoomHistoryGap tells that earlier events are no longer kept.',
    subscribe: async ({ args, context }: SubscribeResolverData<unknown, EventArguments, RoomsContext>) => {
      const roomId = args.roomId.toLowerCase();
      const stream = roomStream.of(roomId);
      const feed = await context.feed.open(stream, roomStream.position(roomId, args.after));
      const cursorOf = (seq: number) => context.feed.cursorOf(stream, seq);
      const events = mapFeed(feed, (item) =>
        toEvent(item, { roomId, cursor: cursorOf(item.kind === 'event' ? item.row.seq : item.firstSeq - 1) }),
      );
      return startingAt(events, cursorOf(feed.startSeq));
    },
  })
  async roomEvents(
    @Root() event: RoomEventSource,
    @Ctx() { loaders }: RoomsContext,
    @Arg('roomId', () => ID, { description: 'The room.' }) _roomId: string,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'Event cursor: the `cursor` of the last event that the client has seen. If absent, the subscription starts with new events. BAD_USER_INPUT if it is not an event cursor of this stream.',
    })
    _after?: string | null,
  ): Promise<RoomEventSource> {
    // If the object was removed meanwhile, earlier events about it cannot be resolved.
    const isGone = event.objectId !== undefined && (await loaders.object.objectOf(event.objectId)) === null;
    return isGone ? { ...event, type: 'ObjectRemoved' } : event;
  }
}
