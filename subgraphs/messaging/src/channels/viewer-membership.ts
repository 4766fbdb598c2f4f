/** The source of the GraphQL type ViewerMembership. unread.loader.ts counts unread messages. */
import type { ChannelAccess } from './channel.rules';
import type { MemberRole } from './member.entity';

/** The messages of a channel after the read marker by `seq`, deleted ones included. */
export interface UnreadRange {
  channelId: string;
  after: number;
  upTo: number;
}

export interface ViewerMembershipSource {
  channelId: string;
  role: MemberRole;
  joinedAt: Date;
  mutedUntil: Date | null;
  readSeq: number;
  unread: UnreadRange;
  mentionCount: number;
  /** Null if the channel notifies the viewer. */
  notificationsMutedUntil: Date | null;
}

/** The messages after the read marker that retention has kept; null if the viewer is not a member. */
export function unreadRange({ channel, membership }: ChannelAccess): UnreadRange | null {
  if (membership?.state !== 'JOINED') return null;
  return { channelId: channel.id, after: Math.max(membership.readSeq, channel.firstSeq - 1), upTo: channel.lastSeq };
}

/** @returns null if the viewer is not a member */
export function viewerMembership(access: ChannelAccess): ViewerMembershipSource | null {
  const unread = unreadRange(access);
  if (!unread) return null;
  const {
    channelId,
    role,
    joinedAt,
    mutedUntil,
    readSeq,
    mentionCount,
    notificationsMutedUntil: until,
  } = access.membership!;
  const notificationsMutedUntil = until !== null && until.getTime() > Date.now() ? until : null;
  return { channelId, role, joinedAt, mutedUntil, readSeq, unread, mentionCount, notificationsMutedUntil };
}
