/**
 * Memberships as rows, not as MikroORM entities: nearly every request reads one together with its channel (channel-access.reader.ts).
 * A row outlives leaving, so that joining again does not end a mute or a ban.
 */
import { registerEnumType } from 'type-graphql';

export enum MemberRole {
  OWNER = 'OWNER',
  MODERATOR = 'MODERATOR',
  MEMBER = 'MEMBER',
}

registerEnumType(MemberRole, {
  name: 'MemberRole',
  description: 'Role of a member in a channel.',
  valuesConfig: {
    OWNER: { description: 'May do everything, including appointing owners and moderators.' },
    MODERATOR: { description: 'May change the channel and remove messages and members.' },
    MEMBER: { description: 'May read and write.' },
  },
});

export type MemberState = 'JOINED' | 'LEFT' | 'BANNED';

/** The columns of {@link MemberRow}, for the alias `m`. */
export const MEMBER_COLUMNS =
  'm.channel_id, m.user_id, m.state, m.role, m.joined_at, m.muted_until, m.read_seq, m.seen_seq, m.mention_count, m.notifications_muted_until';

export interface MemberRow {
  channel_id: string;
  user_id: string;
  state: MemberState;
  role: MemberRole;
  joined_at: string;
  muted_until: string | null;
  read_seq: string;
  seen_seq: string;
  mention_count: number;
  notifications_muted_until: string | null;
}

export interface MemberEntity {
  channelId: string;
  user: { id: string };
  state: MemberState;
  role: MemberRole;
  joinedAt: Date;
  /** End of the mute. */
  mutedUntil: Date | null;
  /** `seq` of the last message that the member has read. */
  readSeq: number;
  /** The furthest `readSeq` so far, which other members see: marking messages as unread does not change it. */
  seenSeq: number;
  /** Mentions of the member in messages after `readSeq`. */
  mentionCount: number;
  /** End of the time in which the channel does not notify the member. */
  notificationsMutedUntil: Date | null;
}

const date = (text: string | null) => (text === null ? null : new Date(text));

export const toMember = (row: MemberRow): MemberEntity => ({
  channelId: row.channel_id,
  user: { id: row.user_id },
  state: row.state,
  role: row.role,
  joinedAt: new Date(row.joined_at),
  mutedUntil: date(row.muted_until),
  readSeq: Number(row.read_seq),
  seenSeq: Math.max(Number(row.read_seq), Number(row.seen_seq)),
  mentionCount: row.mention_count,
  notificationsMutedUntil: date(row.notifications_muted_until),
});
