/** Inbox events in the graph. Each event's GraphQL type has the name of its event type. */
import { Field, ID, InterfaceType, ObjectType } from 'type-graphql';
import type { InboxEvents } from '../inbox.events';

/** The source of an event object: the event's type, its cursor and its payload. */
export type InboxEventSource = { cursor: string } & (
  ({ type: keyof InboxEvents } & InboxEvents[keyof InboxEvents]) | { type: 'HistoryGap'; reason: string }
);

@InterfaceType({
  description: 'An event that concerns the viewer.',
  resolveType: ({ type }: InboxEventSource) => type,
})
export abstract class InboxEvent {
  @Field({
    description:
      'Event cursor of the inbox: pass it as `after` of the `inbox` subscription to resume after this event. Opaque.',
  })
  cursor!: string;
}

@ObjectType({
  implements: InboxEvent,
  simpleResolvers: true,
  description: 'A message mentions the viewer by name, group, @channel or @here.',
})
export class Mentioned extends InboxEvent {}

@ObjectType({
  implements: InboxEvent,
  simpleResolvers: true,
  description: 'The viewer received a message in a direct channel.',
})
export class DirectMessageReceived extends InboxEvent {}

@ObjectType({
  implements: InboxEvent,
  simpleResolvers: true,
  description: 'The viewer became a member of a channel.',
})
export class ChannelJoined extends InboxEvent {}

@ObjectType({
  implements: InboxEvent,
  simpleResolvers: true,
  description: 'The viewer is no longer a member of a channel.',
})
export class ChannelLeft extends InboxEvent {
  @Field(() => ID, { description: 'The channel.' })
  channelId!: string;
}

@ObjectType({
  implements: InboxEvent,
  simpleResolvers: true,
  description:
    'The unread messages of a channel changed, by new or edited messages (debounced) or by reading. Only the newest such event of a channel matters. When a subscription resumes, it sends one for each channel with unread messages.',
})
export class UnreadChanged extends InboxEvent {}

@ObjectType({
  implements: InboxEvent,
  simpleResolvers: true,
  description:
    "The viewer muted the notifications of a channel, or ended the mute, on any device. The state is in the channel's `viewerMembership`. A mute that expires sends no event.",
})
export class NotificationsChanged extends InboxEvent {}

@ObjectType({
  implements: InboxEvent,
  simpleResolvers: true,
  description:
    'The viewer saved or removed the draft for a channel on any device. Only the newest such event of a channel matters.',
})
export class DraftChanged extends InboxEvent {}
