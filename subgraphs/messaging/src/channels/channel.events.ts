/** The stream of a channel's events: their names, and how its cursors are made and read. */
import { streamCursor, streamPosition } from '@chat/kit/graphql/cursor';

/** Names of the events, as of the GraphQL types that show them. */
export const CHANNEL_EVENTS = [
  'MessageAdded',
  'MessageEdited',
  'MessageDeleted',
  'ReactionsChanged',
  'PinsChanged',
  'MembersChanged',
  'ChannelUpdated',
] as const;

export const channelStream = (channelId: string): string => `channel:${channelId}`;

/** Where an event stands in its channel's stream; for `after`. */
export const channelCursor = (channelId: string, seq: number): string => streamCursor(channelStream(channelId), seq);

/** @throws BAD_USER_INPUT where it is no cursor of this channel's stream. */
export const channelPosition = (channelId: string, after: string | null | undefined): number | undefined =>
  streamPosition(channelStream(channelId), after);
