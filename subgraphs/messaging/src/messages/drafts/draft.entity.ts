/** Drafts as rows. One per account and channel; removed when it is emptied. */

/** The columns of {@link DraftRow}, for the alias `d`. */
export const DRAFT_COLUMNS = 'd.channel_id, d.body, d.updated_at';

export interface DraftRow {
  channel_id: string;
  body: string;
  updated_at: string;
}

export interface DraftEntity {
  channelId: string;
  body: string;
  updatedAt: Date;
}

export const toDraft = (row: DraftRow): DraftEntity => ({
  channelId: row.channel_id,
  body: row.body,
  updatedAt: new Date(row.updated_at),
});
