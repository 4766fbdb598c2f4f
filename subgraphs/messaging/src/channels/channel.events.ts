/** The events of a channel. Payloads hold ids; subscribers load the rest as it is at delivery. */
import { defineStream, payload, type EventsOf } from '@chat/kit/events/stream-kind';

export const channelStream = defineStream('channel', {
  MessageAdded: payload<{ messageId: string }>(),
  MessageEdited: payload<{ messageId: string }>(),
  MessageDeleted: payload<{ messageId: string }>(),
  ReactionsChanged: payload<{ messageId: string }>(),
  PinsChanged: payload<{ messageId: string }>(),
  MembersChanged: payload<Record<string, never>>(),
  ChannelUpdated: payload<Record<string, never>>(),
  ChannelArchived: payload<Record<string, never>>(),
  ChannelUnarchived: payload<Record<string, never>>(),
  ChannelDeleted: payload<{ isPublic: boolean }>(),
});

/** Payload types by event type. Event types are also the names of the GraphQL types that show them. */
export type ChannelEvents = EventsOf<typeof channelStream>;
