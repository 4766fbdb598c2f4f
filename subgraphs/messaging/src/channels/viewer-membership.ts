/** What waits unread for a member: arithmetic on numbers that are there already, however long the history is. */
import { isMember, type ChannelAccess } from './channel.rules';
import type { MemberRole } from './member.entity';

/** The source of the graph's ViewerMembership. */
export interface ViewerMembershipSource {
  channelId: string;
  role: MemberRole;
  joinedAt: Date;
  mutedUntil: Date | null;
  readSeq: number;
  unreadCount: number;
  mentionCount: number;
}

/** Nothing is unread for who is no member. */
export function unreadOf(access: ChannelAccess): { unreadCount: number; mentionCount: number } {
  if (!isMember(access)) return { unreadCount: 0, mentionCount: 0 };
  const { channel, membership } = access;
  return {
    unreadCount: channel.lastSeq - Math.max(membership!.readSeq, channel.firstSeq - 1),
    mentionCount: membership!.mentionCount,
  };
}

/** @returns null where the viewer is no member. */
export function viewerMembership(access: ChannelAccess): ViewerMembershipSource | null {
  if (!isMember(access)) return null;
  const { channelId, role, joinedAt, mutedUntil, readSeq } = access.membership!;
  return { channelId, role, joinedAt, mutedUntil, readSeq, ...unreadOf(access) };
}
