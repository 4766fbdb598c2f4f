/** Reads and creates categories. Access is a condition of each statement. */
import type { Grants, Permission } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, forbidden, notFound } from '@chat/kit/errors';
import { isId, newId } from '@chat/kit/ids';
import type { SourceChanges } from '../../changes/source-changes';
import { canWrite, CATEGORY_TYPE, moderates, readableCategories, readablePages } from '../pages/page.access';

export interface CategoryRow {
  id: string;
  name: string;
  path: string;
  isRestricted: boolean;
  requiresApproval: boolean;
  isLocked: boolean;
  createdBy: string;
}

/** A setting of a category that holds for all categories below it too. */
export type CategorySetting = 'is_restricted' | 'requires_approval' | 'is_locked';

/** On the alias `c`. */
export const CATEGORY_COLUMNS = `c.id, c.name, c.path, c.is_restricted as "isRestricted", c.requires_approval as "requiresApproval",
  c.is_locked as "isLocked", c.created_by as "createdBy"`;
const MAX_DEPTH = 8;

export class CategoryService {
  constructor(
    private readonly grants: Grants,
    private readonly changes: SourceChanges,
  ) {}

  /** All categories that the viewer may see, sorted by path, with the numbers of readable pages. */
  async wikiCategories(em: EntityManager, viewer: Viewer): Promise<(CategoryRow & { pageCount: number })[]> {
    const categories = await readableCategories(this.grants, viewer);
    const pages = await readablePages(this.grants, viewer);
    return em.execute(
      `select ${CATEGORY_COLUMNS}, (select count(*)::int from knowledge.wiki_pages p where p.category_id = c.id and ${pages.sql}) as "pageCount"
       from knowledge.wiki_categories c where ${categories.sql} order by c.path`,
      [...pages.values, ...categories.values],
    );
  }

  async pageCount(em: EntityManager, viewer: Viewer | null, id: string): Promise<number> {
    const pages = await readablePages(this.grants, viewer);
    const [row] = await em.execute<{ count: number }[]>(
      `select count(*)::int as count from knowledge.wiki_pages p where p.category_id = ? and ${pages.sql}`,
      [id, ...pages.values],
    );
    return row!.count;
  }

  /** Null if it does not exist or the viewer may not see it. */
  async accessCategory(em: EntityManager, viewer: Viewer | null, id: string): Promise<CategoryRow | null> {
    if (!isId(id)) return null;
    const readable = await readableCategories(this.grants, viewer);
    const [row] = await em.execute<CategoryRow[]>(
      `select ${CATEGORY_COLUMNS} from knowledge.wiki_categories c where c.id = ? and ${readable.sql}`,
      [id, ...readable.values],
    );
    return row ?? null;
  }

  /** For categories of pages that the viewer reads. */
  async byIds(em: EntityManager, ids: readonly string[]): Promise<(CategoryRow | null)[]> {
    const rows = await em.execute<CategoryRow[]>(
      `select ${CATEGORY_COLUMNS} from knowledge.wiki_categories c where c.id in (?)`,
      [ids],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  /**
   * The id of the category with this path, which is created with those above it if it is missing; null for an empty path.
   * @throws NOT_FOUND if the viewer may not see it
   */
  async categoryAt(tx: EntityManager, viewer: Viewer, path: string): Promise<string | null> {
    const names = path
      .split('/')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    if (names.length > MAX_DEPTH) throw badUserInput({ categoryPath: `categoryPath has at most ${MAX_DEPTH} levels.` });
    let parentId: string | null = null;
    for (const [depth, name] of names.entries()) {
      const here = names.slice(0, depth + 1).join('/');
      await tx.execute(
        `insert into knowledge.wiki_categories (id, parent_id, name, path, created_by, created_at)
         values (?, ?, ?, ?, ?, now()) on conflict (path) do nothing`,
        [newId(), parentId, name, here, viewer.id],
      );
      const readable = await readableCategories(this.grants, viewer);
      const [row] = await tx.execute<{ id: string }[]>(
        `select c.id from knowledge.wiki_categories c where c.path = ? and ${readable.sql}`,
        [here, ...readable.values],
      );
      if (!row) throw notFound('Category');
      parentId = row.id;
    }
    return parentId;
  }

  /** The id of the category with this path; null if there is none. */
  async idAt(em: EntityManager, path: string | null): Promise<string | null> {
    const [row] = await em.execute<{ id: string }[]>('select id from knowledge.wiki_categories where path = ?', [path]);
    return row?.id ?? null;
  }

  /** The category and those above it, from the top. */
  async lineage(em: EntityManager, id: string | null): Promise<CategoryRow[]> {
    if (id === null) return [];
    return em.execute<CategoryRow[]>(
      `select ${CATEGORY_COLUMNS} from knowledge.wiki_categories own join knowledge.wiki_categories c
         on starts_with(own.path || '/', c.path || '/') where own.id = ? order by length(c.path)`,
      [id],
    );
  }

  /** Whether a change of a page in one of the categories waits until someone else approves it. */
  async needsApproval(em: EntityManager, viewer: Viewer, ...ids: (string | null)[]): Promise<boolean> {
    for (const id of new Set(ids)) if (!(await this.approves(em, viewer, id))) return true;
    return false;
  }

  /** Whether the viewer's changes need no approval: nothing asks for it, or the viewer gives it. */
  async approves(em: EntityManager, viewer: Viewer, id: string | null): Promise<boolean> {
    const lineage = await this.lineage(em, id);
    const asking = lineage.findIndex(({ requiresApproval }) => requiresApproval);
    if (asking < 0 || moderates(viewer)) return true;
    // The creator of a category below the one that asks does not approve.
    return this.manages(viewer, lineage.slice(0, asking + 1));
  }

  /** @throws FORBIDDEN if a lock on the category or above it keeps the viewer from adding pages */
  async requireUnlocked(em: EntityManager, viewer: Viewer, id: string | null): Promise<void> {
    const lineage = await this.lineage(em, id);
    if (await this.isLockedFor(viewer, lineage)) throw forbidden('The category is locked.');
  }

  /** @param lineage from the top */
  async isLockedFor(viewer: Viewer, lineage: readonly CategoryRow[]): Promise<boolean> {
    const locked = lineage.findIndex(({ isLocked }) => isLocked);
    if (locked < 0 || moderates(viewer)) return false;
    return !(await this.manages(viewer, lineage.slice(0, locked + 1), 'WRITE'));
  }

  private async manages(viewer: Viewer, lineage: readonly CategoryRow[], permission: Permission = 'MANAGE') {
    if (canWrite(viewer) && lineage.some(({ createdBy }) => createdBy === viewer.id)) return true;
    for (const { id } of lineage)
      if (await this.grants.can(viewer, permission, { type: CATEGORY_TYPE, id })) return true;
    return false;
  }

  /** Changes a setting of a category, which holds for all below it too. */
  async set(em: EntityManager, id: string, setting: CategorySetting, value: boolean): Promise<CategoryRow> {
    return em.transactional(async (tx) => {
      const [row] = await tx.execute<CategoryRow[]>(
        `update knowledge.wiki_categories c set ${setting} = ? where c.id = ? returning ${CATEGORY_COLUMNS}`,
        [value, id],
      );
      if (!row) throw notFound('Category');
      if (setting !== 'is_restricted') return row;
      const pages = await tx.execute<{ id: string }[]>(
        `select p.id from knowledge.wiki_pages p join knowledge.wiki_categories c on c.id = p.category_id
         where starts_with(c.path || '/', ?::text || '/')`,
        [row.path],
      );
      await this.changes.announce(
        tx,
        ...pages.map((page) => ({ kind: 'WIKI' as const, id: page.id, change: 'ACCESS' as const })),
      );
      return row;
    });
  }
}
