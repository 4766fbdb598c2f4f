/** Imports the pages of a MediaWiki dump: articles, help and project pages; redirects become earlier paths. Counts what it leaves out. */
// cspell:words wikitext
import { localeOf } from '../../locale';
import { pathOf } from '../pages/page.path';
import { readDump, type DumpPage, type DumpSite } from './mediawiki.reader';
import type { PageImporter } from './page.importer';
import { markdownOf } from './wikitext';

/** Main, project and help pages. */
const DEFAULT_NAMESPACES: readonly number[] = [0, 4, 12];
const MAX_HOPS = 10;
/** Pages between two reports of progress. */
const PROGRESS_PAGES = 100;

export interface MediaWikiOptions {
  /** The locale of all pages; without it, that of the dump. */
  locale?: string;
  namespaces?: readonly number[];
  onProgress?: (pages: number) => void;
}

export interface MediaWikiCounts {
  pages: number;
  /** Name → pages in the dump. */
  namespaces: Map<string, number>;
  redirects: { found: number; kept: number };
  contributors: number;
}

export async function importMediaWiki(
  chunks: AsyncIterable<Buffer | string>,
  importer: PageImporter,
  { locale, namespaces = DEFAULT_NAMESPACES, onProgress }: MediaWikiOptions = {},
): Promise<MediaWikiCounts> {
  const site: DumpSite = { locale: undefined, namespaces: new Map() };
  const counts: MediaWikiCounts = {
    pages: 0,
    namespaces: new Map(),
    redirects: { found: 0, kept: 0 },
    contributors: 0,
  };
  const contributors = new Set<string>();
  const ids = new Map<string, string>();
  const redirects = new Map<string, string>();
  const localeOfPages = () => locale ?? site.locale ?? 'en';
  for await (const page of readDump(chunks, site)) {
    const name = site.namespaces.get(page.namespace) || (page.namespace === 0 ? 'main' : String(page.namespace));
    counts.namespaces.set(name, (counts.namespaces.get(name) ?? 0) + 1);
    for (const contributor of page.contributors) contributors.add(contributor);
    if (++counts.pages % PROGRESS_PAGES === 0) onProgress?.(counts.pages);
    if (page.redirect !== undefined) {
      counts.redirects.found++;
      redirects.set(titleKey(page.title), titleKey(page.redirect));
      continue;
    }
    const reason = reasonToSkip(page, namespaces, name);
    if (reason) importer.skip(reason, page.title);
    else {
      const id = await savePage(page, site, importer, localeOfPages());
      if (id) ids.set(titleKey(page.title), id);
    }
  }
  for (const [title, target] of redirects) {
    const id = follow(target, redirects, ids);
    const slug = pathOf(title.replace(/:\s*/, '/'));
    if (!id) importer.skip('redirect to a page that is not imported', title);
    else if (slug !== '' && (await importer.alias(slug, localeOf(localeOfPages())!, id))) counts.redirects.kept++;
    else importer.skip('redirect whose path a page has', title);
  }
  counts.contributors = contributors.size;
  return counts;
}

function reasonToSkip({ namespace, text, model, title }: DumpPage, namespaces: readonly number[], name: string) {
  if (!namespaces.includes(namespace)) return `namespace ${name}`;
  if (text === undefined) return 'text is not in the dump';
  if (model !== 'wikitext') return `content model ${model}`;
  return slugOf(title, namespace) === '' ? 'title without letters and digits' : undefined;
}

function savePage(page: DumpPage, site: DumpSite, importer: PageImporter, locale: string): Promise<string | undefined> {
  const { body, categories } = markdownOf(page.text!, site.namespaces);
  const author = page.author === undefined ? '' : ` by ${page.author}`;
  return importer.save(
    {
      slug: slugOf(page.title, page.namespace),
      locale,
      title: page.title,
      body,
      categoryPath: page.namespace === 0 ? undefined : site.namespaces.get(page.namespace),
      tags: categories,
      aliases: [],
      isRestricted: false,
      isLocked: false,
      isTemplate: false,
    },
    page.title,
    `Imported revision ${page.revision}${author} from MediaWiki`.slice(0, 500),
  );
}

/** `Help:Setup` is at `help/setup`, but `2001: A Space Odyssey` has no namespace. */
const slugOf = (title: string, namespace: number): string =>
  pathOf(namespace === 0 ? title.replace(/:/g, ' ') : title.replace(/:\s*/, '/'));

const titleKey = (title: string): string => {
  const plain = title.replace(/#.*$/s, '').replaceAll('_', ' ').trim();
  return plain.slice(0, 1).toUpperCase() + plain.slice(1);
};

/** The id of the page behind a chain of redirects; undefined for a cycle. */
function follow(
  title: string,
  redirects: ReadonlyMap<string, string>,
  ids: ReadonlyMap<string, string>,
): string | undefined {
  let target: string | undefined = title;
  for (let hop = 0; target !== undefined && hop < MAX_HOPS; hop++) {
    const id = ids.get(target);
    if (id) return id;
    target = redirects.get(target);
  }
  return undefined;
}
