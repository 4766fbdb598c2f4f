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

/** The columns of {@link ListedRow}, for the alias `m`. */
export const LISTED_COLUMNS =
  'm.user_id, m.role, m.joined_at, m.muted_until, greatest(m.read_seq, m.seen_seq) as seen_seq';
/** The columns of {@link MemberRow}, for the alias `m`. */
export const MEMBER_COLUMNS = `m.channel_id, ${LISTED_COLUMNS}, m.read_seq, m.state, m.mention_count, m.notifications_muted_until`;

export interface ListedRow {
  user_id: string;
  role: MemberRole;
  joined_at: string;
  muted_until: string | null;
  seen_seq: string;
}

export interface MemberRow extends ListedRow {
  channel_id: string;
  read_seq: string;
  state: MemberState;
  mention_count: number;
  notifications_muted_until: string | null;
}

/** A membership as other members see it. */
export interface ListedMember {
  channelId: string;
  user: { id: string };
  role: MemberRole;
  joinedAt: Date;
  /** End of the mute. */
  mutedUntil: Date | null;
  /** The furthest `readSeq` so far, which other members see: marking messages as unread does not change it. */
  seenSeq: number;
}

export interface MemberEntity extends ListedMember {
  state: MemberState;
  /** `seq` of the last message that the member has read. */
  readSeq: number;
  /** Mentions of the member in messages after `readSeq`. */
  mentionCount: number;
  /** End of the time in which the channel does not notify the member. */
  notificationsMutedUntil: Date | null;
}

const date = (text: string | null) => (text === null ? null : new Date(text));

export const toListed = (row: ListedRow, channelId: string): ListedMember => ({
  channelId,
  user: { id: row.user_id },
  role: row.role,
  joinedAt: new Date(row.joined_at),
  mutedUntil: date(row.muted_until),
  seenSeq: Number(row.seen_seq),
});

export const toMember = (row: MemberRow): MemberEntity => ({
  ...toListed(row, row.channel_id),
  state: row.state,
  readSeq: Number(row.read_seq),
  mentionCount: row.mention_count,
  notificationsMutedUntil: date(row.notifications_muted_until),
});
