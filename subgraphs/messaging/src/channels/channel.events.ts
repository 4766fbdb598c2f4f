/** The stream of a channel's events: their names, and how its cursors are made and read. */
import { streamPosition, type StreamPosition } from '@chat/kit/graphql/cursor';

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

/** @throws BAD_USER_INPUT if it is no cursor of this channel's stream. */
export const channelPosition = (channelId: string, after: string | null | undefined): StreamPosition | undefined =>
  streamPosition(channelStream(channelId), after);
