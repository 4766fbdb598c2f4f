/**
 * Imports the pages of a MediaWiki dump with their history: articles, help and project pages, and templates that are plain text. Redirects
 * become earlier paths. Counts the parts that it leaves out.
 */
// cspell:words noinclude includeonly onlyinclude wikitext
import { cutText } from '@chat/kit/text-analysis/fold';
import { localeOf } from '../../locale';
import { pathOf } from '../pages/page.path';
import { readDump, type DumpPage, type DumpRevision, type DumpSite } from './mediawiki.reader';
import type { EarlierRevision, RevisionOrigin } from './page.history';
import type { PageImporter } from './page.importer';
import { dropBetween, markdownOf } from './wikitext';

const FILE = 6;
const TEMPLATE = 10;
/** Main pages, pages of the project, templates, help. */
const DEFAULT_NAMESPACES: readonly number[] = [0, 4, TEMPLATE, 12];
/** Reasons to leave out pages of namespaces that were not chosen, beyond that. */
const UNCHOSEN: Record<number, string> = {
  [FILE]: 'the dump has no files; upload them and attach them to pages',
  8: 'a message of the software',
  828: 'a module is code',
};
const MAX_REVISIONS = 1000;
const MAX_HOPS = 10;
/** In UTF-16 units. */
const MAX_SUMMARY = 500;
/** Pages between two reports of progress. */
const PROGRESS_PAGES = 100;

export interface MediaWikiOptions {
  /** The locale of all pages; without it, that of the dump. */
  locale?: string;
  namespaces?: readonly number[];
  /** Revisions of a page, the latest ones; default 1000. Fewer if their texts have more than 64 Mi characters. */
  maxRevisions?: number;
  onProgress?: (pages: number) => void;
}

export interface MediaWikiCounts {
  pages: number;
  /** Name → pages in the dump. */
  namespaces: Map<string, number>;
  redirects: { found: number; kept: number };
  contributors: number;
  /** Earlier revisions in the dump beyond `maxRevisions`. */
  revisionsLeft: number;
}

export async function importMediaWiki(
  chunks: AsyncIterable<Buffer | string>,
  importer: PageImporter,
  { locale, namespaces = DEFAULT_NAMESPACES, maxRevisions = MAX_REVISIONS, onProgress }: MediaWikiOptions = {},
): Promise<MediaWikiCounts> {
  const site: DumpSite = { locale: undefined, namespaces: new Map() };
  const counts: MediaWikiCounts = {
    pages: 0,
    namespaces: new Map(),
    redirects: { found: 0, kept: 0 },
    contributors: 0,
    revisionsLeft: 0,
  };
  const contributors = new Set<string>();
  const ids = new Map<string, string>();
  const redirects = new Map<string, string>();
  const localeOfPages = () => locale ?? site.locale ?? 'en';
  for await (const page of readDump(chunks, site, maxRevisions)) {
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
      counts.revisionsLeft += page.left;
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

function reasonToSkip(
  { namespace, latest: { text, model }, title }: DumpPage,
  namespaces: readonly number[],
  name: string,
): string | undefined {
  if (!namespaces.includes(namespace)) {
    const more = UNCHOSEN[namespace];
    return `namespace ${name}${more === undefined ? '' : `: ${more}`}`;
  }
  if (text === undefined) return 'text is not in the dump';
  if (model !== 'wikitext') return `content model ${model}`;
  if (namespace === TEMPLATE && !isPlainTemplate(text)) return 'template with parameters or code';
  return slugOf(title, namespace) === '' ? 'title without letters and digits' : undefined;
}

/** A wiki template is a text for new pages, without parameters and without other templates in it. */
const isPlainTemplate = (text: string): boolean => !templateText(text).includes('{{');

/** The text of the template in a page that uses it. */
const templateText = (text: string): string =>
  dropBetween(text, '<noinclude>', '</noinclude>').replace(/<\/?(includeonly|onlyinclude)>/gi, '');

function savePage(page: DumpPage, site: DumpSite, importer: PageImporter, locale: string): Promise<string | undefined> {
  const { title, namespace, latest } = page;
  const isTemplate = namespace === TEMPLATE;
  const convert = ({ text }: DumpRevision) => markdownOf(isTemplate ? templateText(text!) : text!, site.namespaces);
  const { body, categories } = convert(latest);
  const author = latest.author === undefined ? '' : ` by ${latest.author}`;
  const comment = latest.comment === undefined ? '' : `: ${latest.comment}`;
  const earlier = page.earlier
    .filter(({ text, model }) => text !== undefined && model === 'wikitext')
    .map((revision): EarlierRevision => {
      const converted = convert(revision);
      const summary = summaryOf(revision.comment ?? null);
      return { title, body: converted.body, tags: converted.categories, summary, ...originOf(revision) };
    });
  return importer.save(
    {
      slug: slugOf(title, namespace),
      locale,
      title,
      body,
      categoryPath: namespace === 0 ? undefined : site.namespaces.get(namespace),
      tags: categories,
      aliases: [],
      isRestricted: false,
      isLocked: false,
      isTemplate,
    },
    title,
    summaryOf(`Imported revision ${latest.id}${author} from MediaWiki${comment}`),
    { latest: originOf(latest), earlier },
  );
}

const originOf = ({ author, at }: DumpRevision): RevisionOrigin => ({ author: author ?? null, at: at ?? null });

const summaryOf = (text: string | null): string | null => text && cutText(text, MAX_SUMMARY);

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
