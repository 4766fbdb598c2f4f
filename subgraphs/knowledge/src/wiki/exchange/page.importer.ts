/**
 * Writes pages of an import into the wiki through its service, so that each has a revision, links and events. Repeating an import changes
 * nothing. Counts everything, and skips with a reason. Reads no file.
 */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { textProblem } from '@chat/kit/graphql/text';
import { languageOf } from '@chat/kit/text-analysis/language';
import { localeOf } from '../../locale';
import { BODY, MAX_TAGS, TAG, TITLE } from '../pages/page.input';
import { PATH_MAX } from '../pages/page.path';
import type { PageService } from '../pages/page.service';
import type { ExchangedPage } from './front-matter';
import { insertHistory, type PageHistory } from './page.history';

export interface ImportCounts {
  created: number;
  updated: number;
  unchanged: number;
  /** Earlier revisions of the created pages. */
  earlier: number;
  /** Reason → pages. */
  skipped: Map<string, string[]>;
}

interface Present {
  id: string;
  version: number;
  title: string;
  body: string;
  tags: string[];
  categoryPath: string | null;
  isRestricted: boolean;
  isLocked: boolean;
  isTemplate: boolean;
}

export class PageImporter {
  readonly counts: ImportCounts = { created: 0, updated: 0, unchanged: 0, earlier: 0, skipped: new Map() };
  private readonly seen = new Set<string>();

  constructor(
    private readonly fork: () => EntityManager,
    private readonly pages: PageService,
    private readonly viewer: Viewer,
  ) {}

  skip(reason: string, name: string): void {
    const names = this.counts.skipped.get(reason);
    if (names) names.push(name);
    else this.counts.skipped.set(reason, [name]);
  }

  /**
   * Creates the page, or changes the one at its path in a new revision. A second page of one path in an import gets a number.
   * @param history of the page in another wiki; only a new page gets it
   * @returns the page's id; undefined if it was skipped
   */
  async save(
    page: ExchangedPage,
    name: string,
    summary: string | null,
    history?: PageHistory,
  ): Promise<string | undefined> {
    const tags = tagsOf(page.tags);
    const problem = problemOf(page);
    if (problem) return void this.skip(problem, name);
    const locale = localeFor(page);
    if (locale === undefined) return void this.skip('locale is no language tag', name);
    const slug = this.freePath(page.slug, locale);
    const { title, body } = page;
    const categoryPath = page.categoryPath ?? '';
    const settings = { isRestricted: page.isRestricted, isLocked: page.isLocked, isTemplate: page.isTemplate };
    const present = await this.find(slug, locale);
    try {
      const isSame =
        present?.title === title.trim() &&
        present.body === body &&
        (present.categoryPath ?? '') === categoryPath &&
        JSON.stringify(present.tags) === JSON.stringify(tags);
      const id = present
        ? present.id
        : (
            await this.pages.createWikiPage(
              this.fork(),
              this.viewer,
              { title, body, slug, locale, categoryPath, tags, summary },
              history && ((tx, created) => insertHistory(tx, created, this.sound(history, name))),
            )
          ).id;
      if (present && !isSame) {
        const input = { id, baseVersion: present.version, title, body, categoryPath, tags, summary };
        await this.pages.updateWikiPage(this.fork(), this.viewer, input);
      }
      const before = present ?? { isRestricted: false, isLocked: false, isTemplate: false };
      if ((Object.keys(settings) as (keyof typeof settings)[]).some((key) => settings[key] !== before[key]))
        await this.pages.set(this.fork(), id, settings);
      for (const alias of page.aliases) await this.alias(alias, locale, id);
      this.counts[present ? (isSame ? 'unchanged' : 'updated') : 'created']++;
      return id;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === undefined || !['BAD_USER_INPUT', 'CONFLICT', 'NOT_FOUND', 'FORBIDDEN'].includes(code)) throw error;
      return void this.skip((error as Error).message, name);
    }
  }

  /** Without revisions that the wiki cannot hold. */
  private sound({ latest, earlier }: PageHistory, name: string): PageHistory {
    const kept = earlier.filter(({ title, body }) => {
      const problem = problemOf({ title, body, slug: 'page', categoryPath: undefined });
      if (problem) this.skip(`earlier revision: ${problem}`, name);
      return !problem;
    });
    this.counts.earlier += kept.length;
    return { latest, earlier: kept.map((revision) => ({ ...revision, tags: tagsOf(revision.tags) })) };
  }

  /** Lets an earlier path lead to a page, unless a page has it. @returns whether it does */
  async alias(slug: string, locale: string, pageId: string): Promise<boolean> {
    const rows = await this.fork().execute<unknown[]>(
      `insert into knowledge.wiki_paths (slug, locale, page_id) select ?, ?, ?::uuid
       where not exists (select 1 from knowledge.wiki_pages where slug = ? and locale = ?)
       on conflict (slug, locale) do update set page_id = excluded.page_id returning 1`,
      [slug, locale, pageId, slug, locale],
    );
    return rows.length > 0;
  }

  private freePath(slug: string, locale: string): string {
    let path = slug;
    for (let number = 2; this.seen.has(`${locale} ${path}`); number++) path = `${slug}-${number}`;
    this.seen.add(`${locale} ${path}`);
    return path;
  }

  private async find(slug: string, locale: string): Promise<Present | undefined> {
    const [row] = await this.fork().execute<Present[]>(
      `select p.id, p.version, p.title, p.body, p.tags, c.path as "categoryPath", p.is_restricted as "isRestricted",
         p.is_locked as "isLocked", p.is_template as "isTemplate"
       from knowledge.wiki_pages p left join knowledge.wiki_categories c on c.id = p.category_id where p.slug = ? and p.locale = ?`,
      [slug, locale],
    );
    return row;
  }
}

const tagsOf = (tags: readonly string[]): string[] =>
  [...new Set(tags.map((tag) => tag.trim()))].filter((tag) => !textProblem(tag, TAG)).slice(0, MAX_TAGS);

function problemOf({
  title,
  body,
  slug,
  categoryPath = '',
}: Pick<ExchangedPage, 'title' | 'body' | 'slug' | 'categoryPath'>): string | undefined {
  const problems = [
    ['title', textProblem(title, TITLE)],
    ['body', textProblem(body, BODY)],
    ['path', textProblem(slug, { max: PATH_MAX })],
    ['category', textProblem(categoryPath, { min: 0, max: PATH_MAX })],
  ];
  const [name, problem] = problems.find(([, problem]) => problem !== undefined) ?? [];
  return problem && `${name} ${problem}`;
}

function localeFor({ locale, title, body }: ExchangedPage): string | undefined {
  try {
    return localeOf(locale) ?? languageOf(`${title}\n${body}`) ?? 'en';
  } catch {
    return undefined;
  }
}
