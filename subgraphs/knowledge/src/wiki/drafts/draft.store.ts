/** Statements of drafts and of changes that wait for approval. Holds no rules. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { newId } from '@chat/kit/ids';
import type { PageEntity } from '../pages/page.entity';
import { TEXTS } from '../pages/page.store';

export type DraftStatus = 'DRAFT' | 'SUBMITTED' | 'REJECTED';

export interface DraftRow {
  id: string;
  /** Null for a draft of a new page. */
  pageId: string | null;
  baseVersion: number | null;
  slug: string | null;
  locale: string | null;
  title: string;
  body: string;
  categoryPath: string | null;
  tags: string[];
  summary: string | null;
  authorId: string;
  status: DraftStatus;
  note: string | null;
  createdAt: Date;
  updatedAt: Date;
}

/** On the alias `d`. */
export const DRAFT_COLUMNS = `d.id, d.page_id as "pageId", d.base_version as "baseVersion", d.slug, d.locale, d.title, d.body,
  d.category_path as "categoryPath", d.tags, d.summary, d.author_id as "authorId", d.status, d.note, d.created_at as "createdAt",
  d.updated_at as "updatedAt"`;

/** Inserts a draft, or replaces the one with its id. */
export async function saveDraft(tx: EntityManager, row: DraftRow): Promise<void> {
  await tx.execute(
    `insert into knowledge.wiki_drafts (id, page_id, base_version, slug, locale, title, body, category_path, tags, summary, author_id,
       status, note, created_at, updated_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ${TEXTS}, ?, ?, ?, ?, ?, ?)
     on conflict (id) do update set base_version = excluded.base_version, slug = excluded.slug, locale = excluded.locale,
       title = excluded.title, body = excluded.body, category_path = excluded.category_path, tags = excluded.tags,
       summary = excluded.summary, status = excluded.status, note = excluded.note, updated_at = excluded.updated_at`,
    [
      ...[row.id, row.pageId, row.baseVersion, row.slug, row.locale, row.title, row.body, row.categoryPath],
      ...[JSON.stringify(row.tags), row.summary, row.authorId, row.status, row.note, row.createdAt, row.updatedAt],
    ],
  );
}

export async function readDraft(em: EntityManager, id: string): Promise<DraftRow | undefined> {
  const [row] = await em.execute<DraftRow[]>(`select ${DRAFT_COLUMNS} from knowledge.wiki_drafts d where d.id = ?`, [
    id,
  ]);
  return row;
}

type SubmittedContent = Pick<PageEntity, 'title' | 'body' | 'tags' | 'categoryId'> & {
  slug: string | null;
  summary: string | null;
};

/** Lets a change of the current version wait for approval. */
export async function submitChange(
  tx: EntityManager,
  viewer: Pick<Viewer, 'id'>,
  page: PageEntity,
  { title, body, tags, categoryId, slug, summary }: SubmittedContent,
): Promise<void> {
  const [category] = await tx.execute<{ path: string }[]>('select path from knowledge.wiki_categories where id = ?', [
    categoryId,
  ]);
  const now = new Date();
  await saveDraft(tx, {
    id: newId(),
    pageId: page.id,
    baseVersion: page.version,
    locale: page.locale,
    slug,
    title,
    body,
    tags,
    summary,
    categoryPath: category?.path ?? null,
    authorId: viewer.id,
    status: 'SUBMITTED',
    note: null,
    createdAt: now,
    updatedAt: now,
  });
}

/** A page that waits for its first approval waits with its current version, also after a rejection. */
export async function resubmitChange(
  tx: EntityManager,
  viewer: Pick<Viewer, 'id'>,
  page: PageEntity,
  summary: string | null,
): Promise<void> {
  await tx.execute(`delete from knowledge.wiki_drafts where page_id = ? and status in ('SUBMITTED', 'REJECTED')`, [
    page.id,
  ]);
  await submitChange(tx, viewer, page, { ...page, slug: null, summary });
}

/** Deletes a change that waits, and returns it; undefined if it no longer waits. */
export async function takeChange(tx: EntityManager, id: string): Promise<DraftRow | undefined> {
  const [row] = await tx.execute<DraftRow[]>(
    `delete from knowledge.wiki_drafts d where d.id = ? and d.status = 'SUBMITTED' returning ${DRAFT_COLUMNS}`,
    [id],
  );
  return row;
}
