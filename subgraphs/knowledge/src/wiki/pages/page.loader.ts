/** Loads pages for one viewer. There is no other way to load one that the viewer might not see. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, notFound } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import { attachedFiles } from './attachment.store';
import type { CategoryRow, CategoryService } from '../categories/category.service';
import { readablePages } from './page.access';
import { PageEntity } from './page.entity';
import { pathOf } from './page.path';

const MAX_BACKLINKS = 500;

export class PageLoader {
  private readonly byId: DataLoader<string, PageEntity | null>;
  private readonly categories: DataLoader<string, CategoryRow | null>;
  private readonly files: DataLoader<string, { id: string }[]>;

  constructor(
    private readonly em: () => EntityManager,
    private readonly viewer: Viewer | null,
    private readonly grants: Grants,
    categories: CategoryService,
  ) {
    this.byId = new DataLoader(async (ids) => {
      const readable = await this.select('p.id in (?)', [ids]);
      const byId = new Map(readable.map((page) => [page.id, page]));
      return ids.map((id) => byId.get(id) ?? null);
    });
    this.files = attachedFiles(em);
    this.categories = new DataLoader((ids) => categories.byIds(em(), ids));
  }

  /** `null` if the page does not exist, if its id is malformed, or if the viewer may not read it. */
  async accessPage(id: string): Promise<PageEntity | null> {
    return isId(id) ? this.byId.load(id.toLowerCase()) : null;
  }

  /** As {@link accessPage}, after a policy has passed. @throws NOT_FOUND instead of null. */
  async requirePage(id: string): Promise<PageEntity> {
    const page = await this.accessPage(id);
    if (!page) throw notFound('Page');
    return page;
  }

  /** The page at a path or an earlier path. Without a locale, the oldest one. A regional locale falls back to its language. */
  async pageAt(slug: string, locale?: string | null): Promise<PageEntity> {
    const path = pathOf(slug);
    const wanted = locale?.toLowerCase();
    const locales = wanted ? [wanted, wanted.split('-')[0]!] : [];
    const found = await this.select(
      `(p.slug = ? or exists (select 1 from knowledge.wiki_paths e
         where e.page_id = p.id and e.slug = ? and e.locale = p.locale))
       ${wanted ? 'and lower(p.locale) in (?)' : ''}`,
      [path, path, ...(wanted ? [locales] : [])],
    );
    const rank = (page: PageEntity) => (page.locale.toLowerCase() === wanted ? 0 : 1) + (page.slug === path ? 0 : 2);
    const [page] = found.toSorted((a, b) => rank(a) - rank(b));
    if (!page) throw notFound('Page');
    return page;
  }

  /** Readable pages that link to a page by its path or an earlier one. */
  async backlinks(page: PageEntity): Promise<PageEntity[]> {
    return this.select(
      `p.id <> ?::uuid and p.id in (select l.page_id from knowledge.wiki_links l
         where l.slug = ? or l.slug in (select e.slug from knowledge.wiki_paths e where e.page_id = ?::uuid))`,
      [page.id, page.slug, page.id],
      MAX_BACKLINKS,
    );
  }

  async templates(): Promise<PageEntity[]> {
    return this.select('p.is_template', []);
  }

  /** @throws BAD_USER_INPUT if the viewer reads no such template */
  async requireTemplate(id: string): Promise<PageEntity> {
    const page = await this.accessPage(id);
    if (!page?.isTemplate) throw badUserInput({ templateId: 'templateId is not a template.' });
    return page;
  }

  attachments({ id }: PageEntity): Promise<{ id: string }[]> {
    return this.files.load(id);
  }

  async translations(page: PageEntity): Promise<PageEntity[]> {
    return this.select('p.slug = ? and p.id <> ?::uuid', [page.slug, page.id]);
  }

  async categoryOf({ categoryId }: PageEntity): Promise<CategoryRow | null> {
    return categoryId === null ? null : this.categories.load(categoryId);
  }

  /** Paths without a page in any locale, by the number of readable pages that link there. */
  async wantedPages(): Promise<{ slug: string; linkCount: number }[]> {
    const readable = await readablePages(this.grants, this.viewer);
    return this.em().execute(
      `select l.slug, count(*)::int as "linkCount" from knowledge.wiki_links l join knowledge.wiki_pages p on p.id = l.page_id
       where not exists (select 1 from knowledge.wiki_pages t where t.slug = l.slug)
         and not exists (select 1 from knowledge.wiki_paths e where e.slug = l.slug) and ${readable.sql}
       group by l.slug order by 2 desc, 1 limit 200`,
      readable.values,
    );
  }

  /** Forgets a row that has changed. */
  clear(id: string): void {
    this.byId.clear(id.toLowerCase());
  }

  private async select(condition: string, values: readonly unknown[], limit = 1000): Promise<PageEntity[]> {
    const readable = await readablePages(this.grants, this.viewer);
    return this.em().execute<PageEntity[]>(
      `select ${PAGE_COLUMNS} from knowledge.wiki_pages p where ${condition} and ${readable.sql} order by p.id limit ?`,
      [...values, ...readable.values, limit],
    );
  }
}

/** The columns of a page on the alias `p`, named as in {@link PageEntity}. */
export const PAGE_COLUMNS = `p.id, p.slug, p.locale, p.title, p.body, p.version, p.category_id as "categoryId", p.tags,
  p.is_restricted as "isRestricted", p.is_published as "isPublished", p.is_template as "isTemplate", p.is_locked as "isLocked", p.created_by as "createdBy", p.updated_by as "updatedBy",
  p.created_at as "createdAt", p.updated_at as "updatedAt"`;
