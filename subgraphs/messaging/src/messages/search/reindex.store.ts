/** Reads and replaces documents of an earlier text analysis. Holds no analysis. */
import type { EntityManager } from '@chat/kit/database/database';
import { TEXT_ANALYSIS_VERSION } from '@chat/kit/text-analysis/text-document';

const WAITING = 'm.analysis = 0 and m.deleted_at is null';

export async function hasUnanalysed(em: EntityManager): Promise<boolean> {
  const [row] = await em.execute<{ waits: boolean }[]>(
    `select exists (select 1 from messaging.messages m where ${WAITING}) as waits`,
  );
  return row!.waits;
}

export async function countUnanalysed(em: EntityManager): Promise<number> {
  const [row] = await em.execute<{ count: string }[]>(
    `select count(*) as count from messaging.messages m where ${WAITING}`,
  );
  return Number(row!.count);
}

/** The newest messages to reindex before a given one. */
export const readUnanalysed = (
  em: EntityManager,
  before: string | null,
  most: number,
): Promise<{ id: string; body: string }[]> =>
  em.execute(
    `select m.id, m.body from messaging.messages m where ${WAITING} and (?::uuid is null or m.id < ?::uuid)
     order by m.id desc limit ?`,
    [before, before, most],
  );

/** Skips messages that have changed or are locked. It never waits for a lock, so it cannot take part in a deadlock. */
export async function replaceDocuments(
  em: EntityManager,
  documents: readonly { id: string; body: string; document: string }[],
): Promise<void> {
  await em.execute(
    `with made as (select * from jsonb_to_recordset(?::jsonb) as d (id uuid, body text, document tsvector)),
     free as (
       select m.id from messaging.messages m join made using (id) where ${WAITING} and m.body = made.body
       for no key update of m skip locked)
     update messaging.messages m set document = made.document, analysis = ? from made join free using (id) where m.id = made.id`,
    [JSON.stringify(documents), TEXT_ANALYSIS_VERSION],
  );
}
