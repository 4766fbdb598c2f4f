/** A message as a row and as an entity. Plain objects instead of MikroORM entities, because histories are a hot path. */

/** The columns of {@link MessageRow}, for the alias `m`. */
export const MESSAGE_COLUMNS = `m.id, m.channel_id, m.seq, m.event_seq, m.author_id, m.parent_id, m.body, m.created_at, m.edited_at,
  m.deleted_at, m.reply_count, m.is_pinned, m.reactions, m.mentioned_ids`;

export interface MessageRow {
  id: string;
  channel_id: string;
  seq: string;
  event_seq: string;
  author_id: string;
  parent_id: string | null;
  body: string;
  created_at: string;
  edited_at: string | null;
  deleted_at: string | null;
  reply_count: number;
  is_pinned: boolean;
  reactions: { emoji: string; count: number }[];
  mentioned_ids: string[];
}

export interface MessageEntity {
  id: string;
  channelId: string;
  /** 1, 2, 3, … without gaps within a channel. */
  seq: number;
  /** The `seq` of the event that announced it in the channel's stream. */
  eventSeq: number;
  author: { id: string };
  parentId: string | null;
  /** Empty after deletion. */
  body: string;
  createdAt: Date;
  editedAt: Date | null;
  deletedAt: Date | null;
  replyCount: number;
  pinned: boolean;
  mentions: { id: string }[];
  reactions: ReactionEntity[];
}

/** One emoji on a message with the number of accounts. */
export interface ReactionEntity {
  messageId: string;
  emoji: string;
  count: number;
}

const date = (text: string | null) => (text === null ? null : new Date(text));

export const toMessage = (row: MessageRow): MessageEntity => ({
  id: row.id,
  channelId: row.channel_id,
  seq: Number(row.seq),
  eventSeq: Number(row.event_seq),
  author: { id: row.author_id },
  parentId: row.parent_id,
  body: row.body,
  createdAt: new Date(row.created_at),
  editedAt: date(row.edited_at),
  deletedAt: date(row.deleted_at),
  replyCount: row.reply_count,
  pinned: row.is_pinned,
  mentions: row.mentioned_ids.map((id) => ({ id })),
  reactions: row.reactions.map(({ emoji, count }) => ({ messageId: row.id, emoji, count })),
});
