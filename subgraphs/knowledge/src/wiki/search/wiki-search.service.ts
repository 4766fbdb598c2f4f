/**
 * Full-text search over the pages that a viewer may read, in German and English. Title, headings and body count 8, 4 and 1. The filter of
 * access is part of each statement. If no page has the words, similar words of the wiki replace them.
 */
// cspell:words unaccent
import type { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import {
  foreignCursor,
  pageRequest,
  toConnection,
  type PageArguments,
  type PageRequest,
} from '@chat/kit/graphql/connection';
import { isId } from '@chat/kit/ids';
import { normalise, unaccent } from '@chat/kit/text-analysis/fold';
import { compileAlternative, parseAlternatives, tsqueryOf, type Term } from '@chat/kit/text-analysis/text-query';
import { piecesOf } from '@chat/kit/text-analysis/typed-query';
import type { SqlPart } from '../../sql-part';
import { CATEGORY_COLUMNS, type CategoryRow } from '../categories/category.service';
import { readablePages } from '../pages/page.access';
import type { PageEntity } from '../pages/page.entity';
import { PAGE_COLUMNS } from '../pages/page.loader';
import type { PageReader } from '../pages/page.reader';
import { TEXTS } from '../pages/page.store';

const LIST = 'searchWiki';
const MAX_CORRECTED = 8;

export interface WikiSearchArguments extends PageArguments {
  query: string;
  category?: string | null;
  tags?: readonly string[] | null;
  locale?: string | null;
}

type Row = PageEntity & { rank: string };

export class WikiSearchService {
  constructor(
    private readonly grants: Grants,
    private readonly reader: PageReader,
  ) {}

  async searchWiki(em: EntityManager, viewer: Viewer, { query, category, tags, locale, ...page }: WikiSearchArguments) {
    const request = pageRequest(LIST, page, 2);
    const [rank, id] = request.from ?? [];
    if (request.from && (typeof rank !== 'number' || !isId(id))) throw foreignCursor(request);
    const readable = await readablePages(this.grants, viewer);
    const filter = filters(readable, tags, locale);
    const inCategory = categoryFilter(category);
    let found = parse(query);
    let corrected: string | null = null;
    if (found.tsquery && !(await matches(em, found.tsquery, filter))) {
      corrected = await correct(em, query);
      if (corrected !== null) found = parse(corrected);
    }
    const rows = found.tsquery ? await best(em, found.tsquery, all(filter, inCategory), request) : [];
    const { edges, pageInfo } = toConnection<Row>(LIST, request, rows, (row) => [Number(row.rank), row.id]);
    const snippets = await Promise.all(
      edges.map(({ node: { title, body } }) => this.reader.snippet({ title, body, terms: found.terms })),
    );
    const results = {
      edges: edges.map(({ cursor, node }, i) => ({
        cursor,
        node: { page: node, snippet: snippets[i]!, score: Number(node.rank) / 1_000_000 },
      })),
      pageInfo,
    };
    const facets = found.tsquery ? await readFacets(em, found.tsquery, filter) : { categories: [], tags: [] };
    return { ...results, ...facets, correctedQuery: corrected };
  }
}

function parse(query: string): { tsquery: string; terms: Term[] } {
  const compiled = parseAlternatives(piecesOf(query)).map(compileAlternative);
  return { tsquery: tsqueryOf(compiled), terms: compiled.flatMap(({ terms }) => terms) };
}

function filters(
  readable: SqlPart,
  tags: readonly string[] | null | undefined,
  locale: string | null | undefined,
): SqlPart {
  const parts = [readable];
  if (tags && tags.length > 0) parts.push({ sql: `p.tags @> ${TEXTS}`, values: [JSON.stringify(tags)] });
  if (locale != null) parts.push({ sql: 'lower(p.locale) = lower(?)', values: [locale] });
  return all(...parts);
}

/** The category and all below it. */
function categoryFilter(category: string | null | undefined): SqlPart {
  if (category == null) return { sql: 'true', values: [] };
  if (!isId(category)) return { sql: 'false', values: [] };
  return {
    sql: `p.category_id in (select below.id from knowledge.wiki_categories top join knowledge.wiki_categories below
      on starts_with(below.path || '/', top.path || '/') where top.id = ?::uuid)`,
    values: [category],
  };
}

const all = (...parts: SqlPart[]): SqlPart => ({
  sql: parts.map(({ sql }) => `(${sql})`).join(' and '),
  values: parts.flatMap(({ values }) => values),
});

async function matches(em: EntityManager, tsquery: string, filter: SqlPart): Promise<boolean> {
  const [row] = await em.execute<{ any: boolean }[]>(
    `select exists (select 1 from knowledge.wiki_pages p where p.document @@ ?::tsquery and ${filter.sql}) as any`,
    [tsquery, ...filter.values],
  );
  return row!.any;
}

function best(
  em: EntityManager,
  tsquery: string,
  filter: SqlPart,
  { isBackward, from, limit }: PageRequest,
): Promise<Row[]> {
  const [beyond, direction] = isBackward ? ['>', 'asc'] : ['<', 'desc'];
  return em.execute<Row[]>(
    `with ranked as (
       select p.id, round(1000000 * (8 * ts_rank(p.title_document, q) + 4 * ts_rank(p.heading_document, q) + ts_rank(p.body_document, q)))::bigint as rank
       from knowledge.wiki_pages p, (select ?::tsquery as q) typed where p.document @@ q and ${filter.sql}),
     page as (
       select id, rank from ranked ${from ? `where (rank, id) ${beyond} (?, ?::uuid)` : ''}
       order by rank ${direction}, id ${direction} limit ?)
     select ${PAGE_COLUMNS}, page.rank from page join knowledge.wiki_pages p using (id)
     order by page.rank ${direction}, p.id ${direction}`,
    [tsquery, ...filter.values, ...(from ?? []), limit],
  );
}

async function readFacets(em: EntityManager, tsquery: string, filter: SqlPart) {
  const matching = `from knowledge.wiki_pages p where p.document @@ ?::tsquery and ${filter.sql}`;
  const values = [tsquery, ...filter.values];
  const categories = await em.execute<({ count: number } & CategoryRow)[]>(
    `select ${CATEGORY_COLUMNS}, m.count
     from (select p.category_id, count(*)::int as count ${matching} group by 1) m
     join knowledge.wiki_categories c on c.id = m.category_id order by m.count desc, c.path limit 50`,
    values,
  );
  const tags = await em.execute<{ tag: string; count: number }[]>(
    `select tag, count(*)::int as count from (select unnest(p.tags) as tag ${matching}) t group by tag order by 2 desc, 1 limit 50`,
    values,
  );
  return { categories: categories.map(({ count, ...category }) => ({ category, count })), tags };
}

/** The query with the most similar known word for each unknown one; null if nothing is similar. */
async function correct(em: EntityManager, query: string): Promise<string | null> {
  const words = [...new Set(query.match(/\p{L}{4,40}/gu) ?? [])].slice(0, MAX_CORRECTED);
  let corrected = query;
  for (const word of words) {
    const [row] = await em.execute<{ word: string }[]>(
      `select word from knowledge.words where word % ?::text
       order by similarity(word, ?::text) desc, word limit 1`,
      [unaccent(normalise(word)), unaccent(normalise(word))],
    );
    if (row) corrected = corrected.replaceAll(word, row.word);
  }
  return corrected === query ? null : corrected;
}
