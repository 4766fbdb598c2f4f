/** Channel events in the graph. Each event's GraphQL type has the name of its event type. */
import { InboxEvent } from '../../attention/inbox/inbox.type';
import { Field, ID, InterfaceType, ObjectType } from 'type-graphql';
import type { ChannelEvents } from '../channel.events';

/** The place of an event. */
export interface EventPlace {
  channelId: string;
  cursor: string;
}

export type HistoryGapSource = EventPlace & { type: 'HistoryGap'; reason: string };

/** The source of an event object: the event's type, its place, and the id of the message that it is about. */
export type ChannelEventSource = (EventPlace & { type: keyof ChannelEvents; messageId?: string }) | HistoryGapSource;

@InterfaceType({
  description: 'An event of a channel.',
  resolveType: ({ type }: ChannelEventSource) => type,
})
export abstract class ChannelEvent {
  @Field({
    description:
      'Event cursor of the channel: pass it as `after` of channelEvents or messageAdded to resume after this event. Opaque.',
  })
  cursor!: string;
}

@ObjectType({ implements: ChannelEvent, simpleResolvers: true, description: 'A message was sent.' })
export class MessageAdded extends ChannelEvent {}

@ObjectType({ implements: ChannelEvent, simpleResolvers: true, description: 'The author edited a message.' })
export class MessageEdited extends ChannelEvent {}

@ObjectType({ implements: ChannelEvent, simpleResolvers: true, description: 'A message was deleted.' })
export class MessageDeleted extends ChannelEvent {
  @Field(() => ID, { description: 'The message.' })
  messageId!: string;
}

@ObjectType({ implements: ChannelEvent, simpleResolvers: true, description: 'The reactions to a message changed.' })
export class ReactionsChanged extends ChannelEvent {}

@ObjectType({ implements: ChannelEvent, simpleResolvers: true, description: 'A message was pinned or unpinned.' })
export class PinsChanged extends ChannelEvent {}

@ObjectType({
  implements: ChannelEvent,
  simpleResolvers: true,
  description: 'Members joined or left, or their roles changed.',
})
export class MembersChanged extends ChannelEvent {}

@ObjectType({
  implements: ChannelEvent,
  simpleResolvers: true,
  description: "The channel's name, topic or settings changed.",
})
export class ChannelUpdated extends ChannelEvent {}

@ObjectType({
  implements: ChannelEvent,
  simpleResolvers: true,
  description: 'The channel was archived: it can be read, but not written in.',
})
export class ChannelArchived extends ChannelEvent {}

@ObjectType({
  implements: ChannelEvent,
  simpleResolvers: true,
  description: 'The channel is no longer archived.',
})
export class ChannelUnarchived extends ChannelEvent {}

@ObjectType({
  implements: [ChannelEvent, InboxEvent],
  simpleResolvers: true,
  description:
    'A channel was deleted with its messages. Members receive it in the inbox, and their subscriptions to the channel end. For other followers it is the last event of the channel.',
})
export class ChannelDeleted extends ChannelEvent {
  @Field(() => ID, { description: 'The channel.' })
  channelId!: string;
}

@ObjectType({
  implements: [ChannelEvent, InboxEvent],
  simpleResolvers: true,
  description: 'Events before this event cursor are no longer kept. Read the state again, then continue from here.',
})
export class HistoryGap extends ChannelEvent {
  @Field({ description: 'The reason, as text.' })
  reason!: string;
}
