/** What waits unread for a member: arithmetic on numbers that are there already, however long the history is. */
import type { ChannelAccess } from './channel.rules';
import type { ViewerMembership } from './channel.type';

export function viewerMembership({ channel, membership }: ChannelAccess): ViewerMembership {
  const { role, joinedAt, mutedUntil, readSeq, mentionCount } = membership!;
  return {
    role,
    joinedAt,
    mutedUntil,
    unreadCount: channel.lastSeq - Math.max(readSeq, channel.firstSeq - 1),
    mentionCount,
  };
}
