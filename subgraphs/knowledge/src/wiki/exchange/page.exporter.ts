/** Reads the published pages of the wiki for an export, without deleted pages, drafts and changes that wait. Writes no file. */
import type { EntityManager } from '@chat/kit/database/database';
import type { ExchangedPage } from './front-matter';

const BATCH = 200;

export interface ExportedPage extends ExchangedPage {
  locale: string;
  version: number;
  updatedAt: Date;
}

export async function* exportedPages(fork: () => EntityManager): AsyncGenerator<ExportedPage> {
  for (let after: string | null = null; ;) {
    const rows: (ExportedPage & { id: string })[] = await fork().execute(
      `select p.id, p.slug, p.locale, p.title, p.body, c.path as "categoryPath", p.tags, p.is_restricted as "isRestricted",
         p.is_locked as "isLocked", p.is_template as "isTemplate", p.version, p.updated_at as "updatedAt",
         array(select e.slug from knowledge.wiki_paths e where e.page_id = p.id order by 1) as aliases
       from knowledge.wiki_pages p left join knowledge.wiki_categories c on c.id = p.category_id
       where p.is_published and (?::uuid is null or p.id > ?::uuid) order by p.id limit ?`,
      [after, after, BATCH],
    );
    for (const row of rows) yield { ...row, categoryPath: row.categoryPath ?? undefined };
    if (rows.length < BATCH) return;
    after = rows.at(-1)!.id;
  }
}
