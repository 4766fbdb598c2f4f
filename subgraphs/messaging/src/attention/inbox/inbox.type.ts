/** Inbox events in the graph. Each event's GraphQL type has the name of its event type. */
import { Field, ID, InterfaceType, ObjectType } from 'type-graphql';
import type { InboxEvents } from '../inbox.events';

/** The source of an event object: the event's type, its cursor and its payload. */
export type InboxEventSource = { cursor: string } & (
  ({ type: keyof InboxEvents } & InboxEvents[keyof InboxEvents]) | { type: 'HistoryGap'; reason: string }
);

@InterfaceType({
  description: 'Something that concerns the viewer.',
  resolveType: ({ type }: InboxEventSource) => type,
})
export abstract class InboxEvent {
  @Field({ description: 'Opaque place in the inbox: `after` resumes behind it.' })
  cursor!: string;
}

@ObjectType({
  implements: InboxEvent,
  simpleResolvers: true,
  description: 'A message mentions the viewer, by name, group, @channel or @here.',
})
export class Mentioned extends InboxEvent {}

@ObjectType({
  implements: InboxEvent,
  simpleResolvers: true,
  description: 'Somebody wrote to the viewer in a direct channel.',
})
export class DirectMessageReceived extends InboxEvent {}

@ObjectType({
  implements: InboxEvent,
  simpleResolvers: true,
  description: 'The viewer has become a member of a channel.',
})
export class ChannelJoined extends InboxEvent {}

@ObjectType({
  implements: InboxEvent,
  simpleResolvers: true,
  description: 'The viewer is no longer a member of a channel.',
})
export class ChannelLeft extends InboxEvent {
  @Field(() => ID, { description: 'Which channel.' })
  channelId!: string;
}

@ObjectType({
  implements: InboxEvent,
  simpleResolvers: true,
  description:
    'What waits unread in a channel has changed: by new and changed messages, which are told of together, or by reading. The newest such event of a channel says all; whoever resumes gets one for each channel with something unread.',
})
export class UnreadChanged extends InboxEvent {}
