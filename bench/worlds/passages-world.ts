// cspell:words ndoc
/**
 * Pages of the wiki with their passages, made by PostgreSQL itself: words of syllables, of which few are frequent and most are rare. Writes the
 * rows of the subgraph, without its analysis of texts.
 */
import type { EntityManager } from '@chat/kit/database/database';

const PASSAGES_OF_PAGE = 10;
const WORDS_OF_PASSAGE = 40;
const VOCABULARY = 50_000;
/** Pages of one statement, which uses memory for each. */
const BATCH = 500;
/** Passages by which the frequencies of words are estimated. */
const SAMPLE = 20_000;

export async function createPassages(em: EntityManager, chunks: number): Promise<void> {
  const pages = Math.ceil(chunks / PASSAGES_OF_PAGE);
  for (const index of ['chunks_search', 'wiki_pages_by_word', 'wiki_pages_by_title'])
    await em.execute(`drop index knowledge.${index}`);
  await em.execute(
    `create table knowledge.bench_words as select i as id, s[1 + i % 40] || s[1 + (i / 40) % 40] || s[1 + (i / 1600) % 40] as word
     from generate_series(0, ${VOCABULARY} - 1) i, (select array(select c || v || d from
       unnest(array['b','d','f','g','k','l','m','n']) c, unnest(array['a','e','i','o','u']) v, unnest(array['r']) d) s) syllables`,
  );
  await em.execute('alter table knowledge.bench_words add primary key (id)');
  await em.execute('insert into knowledge.words select distinct word from knowledge.bench_words');
  for (let from = 0; from < pages; from += BATCH) await createBatch(em, Math.min(BATCH, pages - from));
  await em.execute('create index chunks_search on knowledge.chunks using gin (search)');
  await em.execute('create index wiki_pages_by_word on knowledge.wiki_pages using gin (document)');
  await em.execute(
    `insert into knowledge.chunk_words (lexeme, chunks)
     select word, ceil(ndoc * ${chunks / Math.min(chunks, SAMPLE)}) from ts_stat('select search from knowledge.chunks limit ${SAMPLE}')`,
  );
  await em.execute('update knowledge.chunk_totals set chunks = ?, words = ?', [chunks, chunks * WORDS_OF_PASSAGE]);
  for (const table of ['chunks', 'wiki_pages', 'chunk_words']) await em.execute(`vacuum analyze knowledge.${table}`);
}

async function createBatch(em: EntityManager, pages: number): Promise<void> {
  await em.execute(
    `with picked as materialized (
       select page, position, n, floor(${VOCABULARY} * power(random(), 4))::int as pick
       from generate_series(1, ?::int) page, generate_series(1, ${PASSAGES_OF_PAGE}) position, generate_series(1, ${WORDS_OF_PASSAGE}) n),
     passages as (
       select page, position, string_agg(w.word, ' ') as body, string_agg(w.word || ':' || n || 'A', ' ')::tsvector as search
       from picked join knowledge.bench_words w on w.id = pick group by page, position),
     pages as (select page, uuidv7() as id, body, search from passages where position = 1),
     written as (
       insert into knowledge.wiki_pages (id, slug, locale, title, body, version, tags, is_restricted, created_by, updated_by, created_at,
         updated_at, body_document)
       select id, id::text, 'en', 'Page', body, 1, '{}', page % 10 = 0, gen_random_uuid(), gen_random_uuid(), now(), now(), search from pages)
     insert into knowledge.chunks (source, source_id, position, title, body, language, words, lexemes, search)
     select 'WIKI', pages.id, position, 'Page', p.body, 'en', ${WORDS_OF_PASSAGE}, '{}', p.search
     from passages p join pages using (page)`,
    [pages],
  );
}

/** Some words of the vocabulary, of which the first are the most frequent, in an endless rotation. */
export async function wordsBetween(
  em: EntityManager,
  [least, most]: readonly [number, number],
  count: number,
): Promise<(i: number) => string> {
  const rows = await em.execute<{ word: string }[]>(
    'select word from knowledge.bench_words where id >= ? and id < ? order by random() limit ?',
    [least, most, count],
  );
  return (i) => rows[i % rows.length]!.word;
}

export const FREQUENT = [0, 200] as const;
export const USUAL = [200, 10_000] as const;
export const RARE = [10_000, VOCABULARY] as const;
