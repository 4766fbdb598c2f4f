/** The stream of what concerns one account: its name, its events, and how its cursors are made and read. */
import type { Append } from '@chat/kit/events/event-log';
import { streamCursor, streamPosition } from '@chat/kit/graphql/cursor';

export const inboxStream = (userId: string): string => `inbox:${userId}`;

export const inboxCursor = (userId: string, seq: number): string => streamCursor(inboxStream(userId), seq);

/** @throws BAD_USER_INPUT where it is no cursor of this account's inbox. */
export const inboxPosition = (userId: string, after: string | null | undefined): number | undefined =>
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
