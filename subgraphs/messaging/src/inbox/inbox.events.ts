/** The stream of what concerns one account: its name, its events, and how its cursors are made and read. */
import { badUserInput } from '@chat/kit/errors';
import type { Append } from '@chat/kit/events/event-log';
import { decodeCursor, encodeCursor } from '@chat/kit/graphql/cursor';

export const inboxStream = (userId: string): string => `inbox:${userId}`;

export const inboxCursor = (userId: string, seq: number): string => encodeCursor(inboxStream(userId), seq);

/** @throws BAD_USER_INPUT where it is no cursor of this account's inbox. */
export function inboxPosition(userId: string, after: string | null | undefined): number | undefined {
  if (after == null) return undefined;
  const [seq] = decodeCursor(inboxStream(userId), after);
  if (typeof seq !== 'number' || seq < 0) throw badUserInput({ after: 'after is not a cursor of your inbox.' });
  return seq;
}

/** Tells accounts of something in a channel. Call it when the channel's row is locked. */
export async function appendToInboxes(
  append: Append,
  userIds: readonly string[],
  type: 'ChannelJoined' | 'ChannelLeft' | 'Mentioned',
  about: { channelId: string; messageId?: string },
): Promise<void> {
  await append.toEach(userIds.map(inboxStream), type, about);
}
