/** The viewer's part in a channel, as the graph shows it. Unread messages are counted by unread.loader.ts. */
import type { ChannelAccess } from './channel.rules';
import type { MemberRole } from './member.entity';

/** The messages of a channel after the read marker by `seq`, deleted ones included. */
export interface UnreadRange {
  channelId: string;
  after: number;
  upTo: number;
}

/** The source of the graph's ViewerMembership. */
export interface ViewerMembershipSource {
  channelId: string;
  role: MemberRole;
  joinedAt: Date;
  mutedUntil: Date | null;
  readSeq: number;
  unread: UnreadRange;
  mentionCount: number;
}

/** The messages after the viewer's read marker that retention has left; null if the viewer is no member. */
export function unreadRange({ channel, membership }: ChannelAccess): UnreadRange | null {
  if (membership?.state !== 'JOINED') return null;
  return { channelId: channel.id, after: Math.max(membership.readSeq, channel.firstSeq - 1), upTo: channel.lastSeq };
}

/** @returns null if the viewer is no member. */
export function viewerMembership(access: ChannelAccess): ViewerMembershipSource | null {
  const unread = unreadRange(access);
  if (!unread) return null;
  const { channelId, role, joinedAt, mutedUntil, readSeq, mentionCount } = access.membership!;
  return { channelId, role, joinedAt, mutedUntil, readSeq, unread, mentionCount };
}
