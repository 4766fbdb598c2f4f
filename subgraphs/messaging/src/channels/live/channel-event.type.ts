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
  description: 'Something that happened in a channel.',
  resolveType: ({ type }: ChannelEventSource) => type,
})
export abstract class ChannelEvent {
  @Field({ description: "Opaque place in the channel's stream: `after` resumes behind it." })
  cursor!: string;
}

@ObjectType({ implements: ChannelEvent, simpleResolvers: true, description: 'A message was sent.' })
export class MessageAdded extends ChannelEvent {}

@ObjectType({ implements: ChannelEvent, simpleResolvers: true, description: 'A message was changed by its author.' })
export class MessageEdited extends ChannelEvent {}

@ObjectType({ implements: ChannelEvent, simpleResolvers: true, description: 'A message was deleted.' })
export class MessageDeleted extends ChannelEvent {
  @Field(() => ID, { description: 'Which message.' })
  messageId!: string;
}

@ObjectType({ implements: ChannelEvent, simpleResolvers: true, description: 'Reactions to a message came or went.' })
export class ReactionsChanged extends ChannelEvent {}

@ObjectType({ implements: ChannelEvent, simpleResolvers: true, description: 'A message was pinned or unpinned.' })
export class PinsChanged extends ChannelEvent {}

@ObjectType({ implements: ChannelEvent, simpleResolvers: true, description: 'Members came, went or got another role.' })
export class MembersChanged extends ChannelEvent {}

@ObjectType({
  implements: ChannelEvent,
  simpleResolvers: true,
  description: "The channel's name, topic or settings changed.",
})
export class ChannelUpdated extends ChannelEvent {}

@ObjectType({
  implements: [ChannelEvent, InboxEvent],
  simpleResolvers: true,
  description: 'Events before this place are gone for good. Read the state again, then go on from here.',
})
export class HistoryGap extends ChannelEvent {
  @Field({ description: 'Why they are gone, in words.' })
  reason!: string;
}
