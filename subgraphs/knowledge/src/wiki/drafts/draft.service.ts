/** Drafts, and the decisions on changes that wait for approval. Access is in draft.policy.ts. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict, notFound } from '@chat/kit/errors';
import { isId, newId } from '@chat/kit/ids';
import type { CategoryService } from '../categories/category.service';
import { readablePages } from '../pages/page.access';
import type { PageEntity } from '../pages/page.entity';
import { readRevision } from '../pages/page.store';
import type { PageService } from '../pages/page.service';
import type { SaveWikiDraftInput } from './draft.input';
import { DRAFT_COLUMNS, readDraft, saveDraft, type DraftRow } from './draft.store';

const MAX_LISTED = 200;
/** Drafts of one author. */
const MAX_DRAFTS = 500;

export class DraftService {
  constructor(
    private readonly pages: PageService,
    private readonly categories: CategoryService,
    private readonly grants: Grants,
  ) {}

  /** Null if it does not exist, or if the viewer neither wrote it nor approves it. */
  async accessDraft(em: EntityManager, viewer: Viewer | null, id: string): Promise<DraftRow | null> {
    const row = viewer && isId(id) ? await readDraft(em, id) : undefined;
    if (!row || !viewer) return null;
    return row.authorId === viewer.id || (await this.approves(em, viewer, row)) ? row : null;
  }

  /** Whether the viewer reads the page and decides on its changes. */
  async approves(em: EntityManager, viewer: Viewer, { pageId, status }: DraftRow): Promise<boolean> {
    if (pageId === null || status !== 'SUBMITTED') return false;
    const readable = await readablePages(this.grants, viewer);
    const [page] = await em.execute<{ categoryId: string | null }[]>(
      `select p.category_id as "categoryId" from knowledge.wiki_pages p where p.id = ? and ${readable.sql}`,
      [pageId, ...readable.values],
    );
    return page !== undefined && this.decidesIn(em, viewer, page.categoryId);
  }

  /** Whether the viewer decides on changes of pages in a category. */
  private async decidesIn(em: EntityManager, viewer: Viewer, categoryId: string | null): Promise<boolean> {
    const lineage = await this.categories.lineage(em, categoryId);
    if (!lineage.some(({ requiresApproval }) => requiresApproval)) return viewer.permissions.includes('DELETE');
    return this.categories.approves(em, viewer, categoryId);
  }

  /** Own drafts, the latest first; at most 200. */
  myWikiDrafts(em: EntityManager, viewer: Viewer): Promise<DraftRow[]> {
    return em.execute(
      `select ${DRAFT_COLUMNS} from knowledge.wiki_drafts d where d.author_id = ? order by d.id desc limit ?`,
      [viewer.id, MAX_LISTED],
    );
  }

  /** Changes on which the viewer decides, the oldest first; at most 200. */
  async wikiChangesToApprove(em: EntityManager, viewer: Viewer): Promise<DraftRow[]> {
    const readable = await readablePages(this.grants, viewer);
    const waiting = await em.execute<(DraftRow & { categoryId: string | null })[]>(
      `select ${DRAFT_COLUMNS}, p.category_id as "categoryId" from knowledge.wiki_drafts d join knowledge.wiki_pages p on p.id = d.page_id
       where d.status = 'SUBMITTED' and ${readable.sql} order by d.id limit ?`,
      [...readable.values, MAX_LISTED],
    );
    const decided = new Set<string | null>();
    for (const id of new Set(waiting.map(({ categoryId }) => categoryId)))
      if (await this.decidesIn(em, viewer, id)) decided.add(id);
    return waiting.filter(({ categoryId }) => decided.has(categoryId));
  }

  /** @throws NOT_FOUND if the id is no own draft; BAD_USER_INPUT if `baseVersion` is missing or unknown, or the author has too many drafts */
  async saveWikiDraft(em: EntityManager, viewer: Viewer, input: SaveWikiDraftInput): Promise<DraftRow> {
    if ((input.pageId == null) !== (input.baseVersion == null))
      throw badUserInput({ baseVersion: 'baseVersion belongs to pageId.' });
    return em.transactional(async (tx) => {
      const present = input.id == null ? undefined : isId(input.id) ? await readDraft(tx, input.id) : undefined;
      if (input.id != null && present?.authorId !== viewer.id) throw notFound('Draft');
      if (present?.status === 'SUBMITTED') throw conflict('The change waits for approval. Delete it, or wait.');
      if (!present) await requireRoom(tx, viewer);
      const base = input.pageId == null ? null : await readRevision(tx, input.pageId.toLowerCase(), input.baseVersion!);
      if (base === undefined) throw badUserInput({ baseVersion: 'baseVersion is not a version of this page.' });
      const now = new Date();
      const row: DraftRow = {
        id: present?.id ?? newId(),
        pageId: input.pageId?.toLowerCase() ?? null,
        baseVersion: input.baseVersion ?? null,
        slug: input.slug ?? null,
        locale: input.locale ?? null,
        title: input.title.trim(),
        body: input.body,
        categoryPath: input.categoryPath ?? null,
        tags: input.tags ?? base?.tags ?? [],
        summary: input.summary ?? null,
        authorId: viewer.id,
        status: 'DRAFT',
        note: null,
        createdAt: present?.createdAt ?? now,
        updatedAt: now,
      };
      await saveDraft(tx, row);
      return row;
    });
  }

  /** Creates or changes the page and deletes the draft. If the category asks for approval, the change waits from then on. */
  publishWikiDraft(em: EntityManager, viewer: Viewer, draft: DraftRow): Promise<PageEntity> {
    const { slug, locale, title, body, categoryPath, tags, summary } = draft;
    const also = async (tx: EntityManager) => {
      const taken = await tx.execute<unknown[]>(
        `delete from knowledge.wiki_drafts where id = ? and status <> 'SUBMITTED' returning 1`,
        [draft.id],
      );
      if (taken.length === 0) throw conflict('The draft has been published already.');
    };
    if (draft.pageId === null)
      return this.pages.createWikiPage(em, viewer, { slug, locale, title, body, categoryPath, tags, summary }, also);
    const base = { id: draft.pageId, baseVersion: draft.baseVersion! };
    return this.pages.updateWikiPage(em, viewer, { ...base, slug, title, body, categoryPath, tags, summary }, also);
  }

  async deleteWikiDraft(em: EntityManager, id: string): Promise<void> {
    await em.execute('delete from knowledge.wiki_drafts where id = ?', [id]);
  }

  /** @throws CONFLICT if the change no longer waits */
  async rejectWikiChange(em: EntityManager, id: string, note: string | null): Promise<DraftRow> {
    const [row] = await em.execute<DraftRow[]>(
      `update knowledge.wiki_drafts d set status = 'REJECTED', note = ?, updated_at = now()
       where d.id = ? and d.status = 'SUBMITTED' returning ${DRAFT_COLUMNS}`,
      [note, id],
    );
    if (!row) throw conflict('The change no longer waits. Read the list again.');
    return row;
  }
}

async function requireRoom(tx: EntityManager, viewer: Viewer): Promise<void> {
  const [row] = await tx.execute<{ count: number }[]>(
    'select count(*)::int as count from knowledge.wiki_drafts where author_id = ?',
    [viewer.id],
  );
  if (row!.count >= MAX_DRAFTS) throw badUserInput({ id: `An account has at most ${MAX_DRAFTS} drafts.` });
}
