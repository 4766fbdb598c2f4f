/** Scheduled messages as rows, not as MikroORM entities: their statements change a row and decide about it at once. */

export interface ScheduledMessageEntity {
  id: string;
  channelId: string;
  authorId: string;
  /** The API key that scheduled it; null if the author did. */
  keyId: string | null;
  body: string;
  sendAt: Date;
  failure: string | null;
}

export interface ScheduledMessageRow {
  id: string;
  channel_id: string;
  author_id: string;
  made_by_key: string | null;
  body: string;
  send_at: string;
  failure: string | null;
}

export const toScheduled = (row: ScheduledMessageRow): ScheduledMessageEntity => ({
  id: row.id,
  channelId: row.channel_id,
  authorId: row.author_id,
  keyId: row.made_by_key,
  body: row.body,
  sendAt: new Date(row.send_at),
  failure: row.failure,
});
