/** Loads the earlier versions of messages in batches. */
import type { EntityManager } from '@chat/kit/database/database';
import DataLoader from 'dataloader';

export interface MessageEditEntity {
  body: string;
  editedAt: Date;
}

export type MessageEditsLoader = DataLoader<string, MessageEditEntity[]>;

/** Keyed by the id of a message that the viewer has already received; oldest version first. */
export const messageEditsLoader = (em: () => EntityManager): MessageEditsLoader =>
  new DataLoader(async (ids) => {
    const rows = await em().execute<{ message_id: string; body: string; edited_at: string }[]>(
      'select message_id, body, edited_at from messaging.message_edits where message_id in (?) order by edited_at',
      [ids],
    );
    const edits = Map.groupBy(rows, (row) => row.message_id);
    return ids.map((id) => (edits.get(id) ?? []).map((row) => ({ body: row.body, editedAt: new Date(row.edited_at) })));
  });
