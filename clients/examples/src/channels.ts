/** The list of channels as a client shows it. Pure functions for the caches of both clients. */
import type { ChannelPartsFragment, ChannelsQuery, InboxEventsSubscription } from './generated/operations.ts';

/** Events after which the list has other channels; those of UnreadChanged bring the channel itself. */
const CHANGES: readonly string[] = ['ChannelJoined', 'ChannelLeft', 'ChannelDeleted'];

/** Whether the list must be fetched again. */
export function changesList({ inbox }: InboxEventsSubscription): boolean {
  return CHANGES.includes(inbox.__typename);
}

/** The channels, the one with the latest message first. */
export function byActivity(list: ChannelsQuery | null | undefined): ChannelPartsFragment[] {
  const channels = list?.inbox.channels.edges.map(({ node }) => node) ?? [];
  return channels.sort((a, b) => b.lastActivityAt.localeCompare(a.lastActivityAt));
}
