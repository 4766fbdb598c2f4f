/** The stream of what concerns one account: its name, its events, and how its cursors are made and read. */
import type { Append } from '@chat/kit/events/event-log';
import { streamPosition, type StreamPosition } from '@chat/kit/graphql/cursor';

export const inboxStream = (userId: string): string => `inbox:${userId}`;

/** @throws BAD_USER_INPUT if it is no cursor of this account's inbox. */
export const inboxPosition = (userId: string, after: string | null | undefined): StreamPosition | undefined =>
  streamPosition(inboxStream(userId), after);

/** Tells accounts of something in a channel. Call it when the channel's row is locked. */
export async function appendToInboxes(
  append: Append,
  userIds: readonly string[],
  type: 'ChannelJoined' | 'ChannelLeft' | 'Mentioned',
  about: { channelId: string; messageId?: string },
): Promise<void> {
  await append.toEach(userIds.map(inboxStream), type, about);
}
