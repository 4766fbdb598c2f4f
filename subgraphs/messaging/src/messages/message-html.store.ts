/**
 * Stored HTML and ticket references of messages. A text that needs no parser has no row, because rendering it is cheap. Rows of an older
 * {@link TEXT_VERSION} count as absent.
 */
import type { EntityManager } from '@chat/kit/database/database';
import DataLoader from 'dataloader';
import { findReferences, formatReference } from './formatting/reference-text';
import { plainText, TEXT_VERSION, type MessageText } from './formatting/message-text';
import type { TextReader } from './formatting/text.reader';

export interface StoredText {
  html: string;
  /** Distinct, such as `OPS-42`. */
  ticketReferences: string[];
}

type Written = { id: string; body: string };

export type StoredTextLoader = DataLoader<Written, StoredText, string>;

/** Undefined if the text needs no row. */
export const toStore = (body: string, text: MessageText): StoredText | undefined =>
  plainText(body) ? undefined : storedOf(text);

const storedOf = ({ html, said }: MessageText): StoredText => ({
  html,
  ticketReferences: findReferences(said).map(formatReference),
});

/** For messages that the viewer has already received. Batches all messages of a request. */
export function storedTextLoader(em: () => EntityManager, reader: TextReader): StoredTextLoader {
  return new DataLoader(
    async (messages) => {
      const ids = messages.filter(({ body }) => !reader.readNow(body)).map(({ id }) => id);
      const stored = ids.length > 0 ? await load(em(), ids) : new Map<string, StoredText>();
      // A message without a row predates this table and awaits the backfill (message-html.backfill.ts).
      return Promise.all(messages.map(async ({ id, body }) => stored.get(id) ?? storedOf(await reader.read(body))));
    },
    { cacheKeyFn: ({ id, body }) => `${id} ${body}` },
  );
}

async function load(em: EntityManager, ids: readonly string[]): Promise<Map<string, StoredText>> {
  const rows = await em.execute<{ message_id: string; html: string; ticket_references: string[] }[]>(
    'select message_id, html, ticket_references from messaging.message_html where message_id in (?) and version = ?',
    [ids, TEXT_VERSION],
  );
  return new Map(rows.map((row) => [row.message_id, { html: row.html, ticketReferences: row.ticket_references }]));
}

/** Replaces the row of a changed text, or deletes it if the new text needs none. */
export async function replaceStored(tx: EntityManager, id: string, text: StoredText | undefined): Promise<void> {
  if (text) await storeTexts(tx, [{ id, text }]);
  else await tx.execute('delete from messaging.message_html where message_id = ?', [id]);
}

/** Skips messages that were removed in the meantime. */
export async function storeTexts(tx: EntityManager, texts: readonly { id: string; text: StoredText }[]): Promise<void> {
  if (texts.length === 0) return;
  await tx.execute(
    `insert into messaging.message_html (message_id, version, html, ticket_references)
     select t.id, ?, t.html, t."ticketReferences"
     from jsonb_to_recordset(?::jsonb) as t (id uuid, html text, "ticketReferences" text[])
     join messaging.messages m on m.id = t.id and m.deleted_at is null
     on conflict (message_id) do update
       set version = excluded.version, html = excluded.html, ticket_references = excluded.ticket_references`,
    [TEXT_VERSION, JSON.stringify(texts.map(({ id, text }) => ({ id, ...text })))],
  );
}
