/** What one account is to one channel. The row stays when the account leaves, so that a mute or ban cannot be shed by joining again. */
import { registerEnumType } from 'type-graphql';

export enum MemberRole {
  OWNER = 'OWNER',
  MODERATOR = 'MODERATOR',
  MEMBER = 'MEMBER',
}

registerEnumType(MemberRole, {
  name: 'MemberRole',
  description: 'What a member may do in a channel.',
  valuesConfig: {
    OWNER: { description: 'Everything, including naming other owners and moderators.' },
    MODERATOR: { description: 'Keep order: change the channel, remove messages and members.' },
    MEMBER: { description: 'Read and write.' },
  },
});

export type MemberState = 'JOINED' | 'LEFT' | 'BANNED';

/** The columns of {@link MemberRow}, of the alias `m`. */
export const MEMBER_COLUMNS =
  'm.channel_id, m.user_id, m.state, m.role, m.joined_at, m.muted_until, m.read_seq, m.mention_count';

export interface MemberRow {
  channel_id: string;
  user_id: string;
  state: MemberState;
  role: MemberRole;
  joined_at: string;
  muted_until: string | null;
  read_seq: string;
  mention_count: number;
}

export interface MemberEntity {
  channelId: string;
  user: { id: string };
  state: MemberState;
  role: MemberRole;
  joinedAt: Date;
  /** Writing is forbidden until then. */
  mutedUntil: Date | null;
  /** `seq` of the last message that the member has read. */
  readSeq: number;
  /** Mentions of the member in messages after `readSeq`. */
  mentionCount: number;
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
  mentionCount: row.mention_count,
});
