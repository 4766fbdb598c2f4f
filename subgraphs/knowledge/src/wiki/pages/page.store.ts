/** Statements of pages: revisions, searchable documents, links and paths. Holds no rules. */
import type { EntityManager } from '@chat/kit/database/database';
import type { PageEntity } from './page.entity';
import type { PageAnalysis } from './page.analysis';

export interface RevisionRow {
  page_id: string;
  version: number;
  title: string;
  body: string;
  category_id: string | null;
  tags: string[];
  author_id: string;
  summary: string | null;
  approved_by: string | null;
  original_author: string | null;
  created_at: Date;
}

/** The parameter `(select …)` for a list of texts. */
export const TEXTS = 'array(select jsonb_array_elements_text(?::jsonb))';

export async function insertRevision(
  tx: EntityManager,
  page: PageEntity,
  summary: string | null,
  approvedBy: string | null = null,
): Promise<void> {
  await tx.execute(
    `insert into knowledge.wiki_revisions (page_id, version, title, body, category_id, tags, author_id, summary, approved_by, created_at)
     values (?, ?, ?, ?, ?, ${TEXTS}, ?, ?, ?, ?)`,
    [
      ...[page.id, page.version, page.title, page.body, page.categoryId, JSON.stringify(page.tags)],
      ...[page.updatedBy, summary, approvedBy, page.updatedAt],
    ],
  );
}

export async function readRevision(
  em: EntityManager,
  pageId: string,
  version: number,
): Promise<RevisionRow | undefined> {
  const [row] = await em.execute<RevisionRow[]>(
    'select * from knowledge.wiki_revisions where page_id = ? and version = ?',
    [pageId, version],
  );
  return row;
}

/** Writes everything that is derived from a page's text. */
export async function indexPage(tx: EntityManager, page: PageEntity, analysis: PageAnalysis): Promise<void> {
  await tx.execute(
    `update knowledge.wiki_pages set title_document = ?::tsvector, heading_document = ?::tsvector, body_document = ?::tsvector
     where id = ?`,
    [analysis.titleDocument, analysis.headingDocument, analysis.bodyDocument, page.id],
  );
  await tx.execute('delete from knowledge.wiki_links where page_id = ?', [page.id]);
  await tx.execute(`insert into knowledge.wiki_links (page_id, slug) select ?::uuid, unnest(${TEXTS})`, [
    page.id,
    JSON.stringify(analysis.links),
  ]);
  await tx.execute(
    `insert into knowledge.words (word) select word from unnest(${TEXTS}) word order by word on conflict do nothing`,
    [JSON.stringify(analysis.words)],
  );
}
