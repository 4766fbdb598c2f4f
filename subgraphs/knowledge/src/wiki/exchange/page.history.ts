/** Writes the history that a new page had in another wiki, before its current revision. Checks nothing; see page.importer.ts. */
import type { EntityManager } from '@chat/kit/database/database';
import type { PageEntity } from '../pages/page.entity';

/** The origin of a revision in another wiki. */
export interface RevisionOrigin {
  /** The name there; null if it is unknown. */
  author: string | null;
  /** Null if it is unknown. */
  at: Date | null;
}

export interface EarlierRevision extends RevisionOrigin {
  title: string;
  body: string;
  tags: readonly string[];
  summary: string | null;
}

export interface PageHistory {
  latest: RevisionOrigin;
  /** Oldest first. */
  earlier: readonly EarlierRevision[];
}

/** Rows of one statement. */
const BATCH = 50;

/** Gives the current revision the number after the earlier ones. Call it in the transaction that creates the page. */
export async function insertHistory(
  tx: EntityManager,
  page: PageEntity,
  { latest, earlier }: PageHistory,
): Promise<void> {
  page.version = earlier.length + 1;
  await tx.flush();
  await tx.execute(
    `update knowledge.wiki_revisions set version = ?, original_author = ?, created_at = coalesce(?::timestamptz, created_at)
     where page_id = ?`,
    [page.version, latest.author, latest.at, page.id],
  );
  for (let from = 0; from < earlier.length; from += BATCH) {
    const rows = earlier.slice(from, from + BATCH).map((revision, i) => ({ ...revision, version: from + i + 1 }));
    await tx.execute(
      `insert into knowledge.wiki_revisions (page_id, version, title, body, category_id, tags, author_id, summary, original_author, created_at)
       select ?::uuid, version, title, body, ?::uuid, tags, ?::uuid, summary, author, coalesce(at, ?::timestamptz)
       from jsonb_to_recordset(?::jsonb)
         as x(version int, title text, body text, tags text[], summary text, author text, at timestamptz)`,
      [page.id, page.categoryId, page.createdBy, latest.at ?? page.createdAt, JSON.stringify(rows)],
    );
  }
}
