/**
 * Searches the chunks of all sources: PostgreSQL finds candidates by words, the vector store by meaning, and the learned fusion ranks them.
 * A model may order the first ones anew. The filter of access is a part of both queries. Texts and vectors are read from PostgreSQL, under its condition. Holds no weights and no
 * index.
 */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { languageOf, type Language } from '@chat/kit/text-analysis/language';
import { cutText } from '@chat/kit/text-analysis/fold';
import { ENGLISH, FORM, GERMAN, quoted } from '@chat/kit/text-analysis/text-document';
import { tokenise, type Token } from '@chat/kit/text-analysis/tokens';
import { LRUCache } from 'lru-cache';
import { readWordCounts, type SourceKind } from '../indexing/chunk.store';
import { compoundParts, possibleParts } from '../ranking/compounds';
import { featuresOf, type Corpus, type Passage, type RankedQuery } from '../ranking/features';
import { fuse, type FusionWeights } from '../ranking/fusion';
import { FUSION } from '../ranking/fusion-weights';
import type { Reranking } from '../ranking/reranking';
import { rankingWords, type RankingWord } from '../ranking/ranking-words';
import { similarityTo } from '../vectors/embeddings';
import type { Encoder } from '../vectors/encoder';
import type { VectorIndex } from '../vectors/vector-index';
import type { RetrievalSource } from '../retrieval-source';
import { translationsOf } from './query-translation';
import { ReadableSources } from './readable-sources';

export interface SearchHit {
  chunkId: string;
  kind: SourceKind;
  sourceId: string;
  title: string;
  text: string;
  /** Between 0 and 1: the fused score over the best one that is possible. */
  score: number;
  /** The share of the query's meaning, as weight of its words, that the passage covers. */
  coverage: number;
}

export interface SearchOptions {
  kinds?: readonly SourceKind[] | null;
  limit: number;
  /** Sources that are left out. */
  exceptId?: string;
}

export interface Candidate {
  id: string;
  kind: SourceKind;
  sourceId: string;
  title: string;
  text: string;
  features: number[];
  coverage: number;
}

interface CandidateRow {
  id: string;
  kind: SourceKind;
  sourceId: string;
  title: string;
  text: string;
  language: Language | null;
  compounds: Record<string, string[]>;
  rank: number;
  vector: Buffer | null;
}

interface EmbeddedQuery {
  encoder: Encoder;
  vector: Float32Array;
}

/** Candidates by words that the fusion ranks. */
const CANDIDATES = 200;
/** Candidates by meaning, beside those by words. */
const NEAREST = 50;
/** A query's characters and words beyond these are not read. */
const MAX_QUERY = 4000;
const MAX_WORDS = 64;
/** Characters of a query that are embedded. */
const MAX_EMBEDDED = 1000;
/** Chunks that PostgreSQL ranks for one query. Frequent words are left out for it; if even the rarest word has more, any of them are ranked. */
const MATCHES = 50_000;
const ANALYSED_CHUNKS = 2000;

export class SearchService {
  private readonly analysed = new LRUCache<string, readonly RankingWord[]>({ max: ANALYSED_CHUNKS });

  constructor(
    private readonly sources: readonly RetrievalSource[],
    private readonly vectors?: VectorIndex,
    private readonly reranking?: Reranking,
    private readonly weights: FusionWeights = FUSION,
  ) {}

  async search(em: EntityManager, viewer: Viewer, query: string, options: SearchOptions): Promise<SearchHit[]> {
    const { candidates, isHybrid } = await this.candidates(em, viewer, query, options);
    const weights = isHybrid ? this.weights.hybrid : this.weights.lexical;
    const best = weights.reduce((sum, weight) => sum + Math.max(weight, 0), 0) || 1;
    const fused = candidates
      .map(({ id, features, ...candidate }) => {
        const score = fuse(features, weights) / best;
        return { chunkId: id, ...candidate, score };
      })
      .sort((a, b) => b.score - a.score);
    const ordered = (await this.reranking?.order(query, languageOf(query), fused)) ?? fused;
    return ordered
      .slice(0, options.limit)
      .map(({ score, ...hit }) => ({ ...hit, score: Math.min(1, Math.max(0, score)) }));
  }

  /** The candidates with their features, in no order: what the fusion ranks, and what its training reads. */
  async candidates(
    em: EntityManager,
    viewer: Viewer,
    query: string,
    { kinds, exceptId }: Omit<SearchOptions, 'limit'>,
  ): Promise<{ candidates: Candidate[]; isHybrid: boolean }> {
    const text = cutText(query.toWellFormed().replaceAll('\0', ' '), MAX_QUERY);
    const access = new ReadableSources(this.sources, viewer, kinds);
    const readable = await access.condition();
    if (!readable) return { candidates: [], isHybrid: false };
    const guessed = languageOf(text);
    const language = guessed ?? 'en';
    // Texts in an unknown language may be German ones.
    const parsed = await this.parse(em, text, language, guessed !== 'en');
    const wanted = await this.embed(em, text, guessed);
    const near = wanted ? await this.nearest(em, wanted, access, exceptId) : [];
    if (parsed.tsquery === '' && near.length === 0) return { candidates: [], isHybrid: false };
    const condition = `(${readable.sql}) and c.source_id is distinct from ?::uuid`;
    const conditionValues = [...readable.parameters, exceptId ?? null];
    const rows = await em.execute<CandidateRow[]>(
      `with query as (select ?::tsquery as q),
       matching as (select c.id, c.search from knowledge.chunks c, query
         where c.search @@ q and ${condition} limit ${MATCHES}),
       by_words as (select id, ts_rank(search, q) as rank from matching, query order by rank desc, id limit ${CANDIDATES}),
       by_meaning as (select c.id, ts_rank(c.search, q) as rank from knowledge.chunks c, query
         where c.id = any (array(select jsonb_array_elements_text(?::jsonb)::bigint)) and ${condition}),
       found as (select * from by_words union select * from by_meaning)
       select c.id, c.source as kind, c.source_id as "sourceId", c.title, c.body as text, c.language, c.compounds, found.rank, e.vector
       from found join knowledge.chunks c on c.id = found.id
       left join knowledge.embeddings e on e.chunk_id = c.id and e.encoder = ?::text`,
      [parsed.tsquery, ...conditionValues, JSON.stringify(near), ...conditionValues, wanted?.encoder.name ?? null],
    );
    const similarities = rows.map(({ vector }) => (wanted && vector ? similarityTo(wanted.vector, vector) : undefined));
    const known = similarities.filter((similarity) => similarity !== undefined);
    // A passage without a vector is neither favoured nor held back.
    const neutral = known.reduce((sum, similarity) => sum + similarity, 0) / Math.max(known.length, 1);
    const passages = rows.map((row, i): Passage => ({
      words: this.wordsOf(row, language),
      parts: new Map(Object.entries(row.compounds).map(([form, parts]) => [form, stems(parts, language)])),
      tsRank: row.rank,
      similarity: similarities[i] ?? neutral,
    }));
    const { rows: features, coverage } = featuresOf(parsed.query, passages, parsed.corpus);
    return {
      isHybrid: known.length > 0,
      candidates: rows.map(({ compounds: _, rank: __, vector: ___, language: ____, ...row }, i) => ({
        ...row,
        features: features[i]!,
        coverage: coverage[i]!,
      })),
    };
  }

  /** Undefined if the encoder does not know the language, or fails: the search then goes by words alone. */
  private async embed(
    em: EntityManager,
    text: string,
    language: Language | undefined,
  ): Promise<EmbeddedQuery | undefined> {
    const encoder = language && (await this.vectors?.queryEncoder(em));
    if (!encoder?.languages.includes(language!)) return undefined;
    const vector = await this.vectors!.embedQuery(encoder, cutText(text, MAX_EMBEDDED));
    return vector && { encoder, vector };
  }

  /** The chunks nearest in meaning among those that the viewer may read. The store filters by the viewer's keys. */
  private async nearest(
    em: EntityManager,
    { encoder, vector }: EmbeddedQuery,
    access: ReadableSources,
    exceptSource: string | undefined,
  ): Promise<number[]> {
    const keys = await access.keys(em);
    const query = { ...keys, vector, limit: NEAREST, ...(exceptSource === undefined ? {} : { exceptSource }) };
    return this.vectors!.nearest(encoder, query);
  }

  private async parse(em: EntityManager, text: string, language: Language, isGerman: boolean) {
    const tokens = distinct(tokenise(text).filter(({ kind }) => kind !== 'joined'));
    const meaningful = tokens.filter(({ word }) => !word.isStop);
    const asked = (meaningful.length > 0 ? meaningful : tokens).slice(0, MAX_WORDS);
    const forms = asked.map(({ word }) => word.forms.at(-1)!);
    const lexemes = new Set([
      ...asked.flatMap(({ word }) => [...word.lexemes.keys()]),
      ...(isGerman ? forms.flatMap(possibleParts) : []),
    ]);
    const [counts, [totals]] = await Promise.all([
      readWordCounts(em, [...lexemes].filter(Boolean)),
      em.execute<{ chunks: string; words: string }[]>('select chunks, words from knowledge.chunk_totals'),
    ]);
    const chunks = Number(totals?.chunks ?? 0);
    const chunksWith = (word: string) => counts.get(word) ?? 0;
    const compounds = new Map<string, readonly string[]>();
    if (isGerman) for (const form of forms) compounds.set(form, compoundParts(form, chunksWith));
    const found = await translationsOf(em, text, asked);
    const translations = found.map(({ term }) => term).join(' ');
    const partTokens = tokenise([...compounds.values()].flat().join(' '));
    const addedTokens = [...partTokens, ...tokenise(translations).filter(({ word }) => !word.isStop)];
    const missing = addedTokens.flatMap(({ word }) => [...word.lexemes.keys()]).filter((lexeme) => !counts.has(lexeme));
    for (const [lexeme, count] of await readWordCounts(em, missing)) counts.set(lexeme, count);
    const other: Language = language === 'de' ? 'en' : 'de';
    const own = new Set(rankingWords(text, language).map(({ stem }) => stem));
    const translated = found.flatMap(({ term, translated }) => {
      const covered = stems([translated], language).filter((stem) => own.has(stem));
      return stems([term], other).map((stem): [string, string[]] => [stem, covered]);
    });
    const query: RankedQuery = {
      words: [...rankingWords(text, language), ...rankingWords(translations, other)].slice(0, MAX_QUERY),
      translations: new Map(translated.filter(([stem, covered]) => !own.has(stem) && covered.length > 0)),
      parts: new Map([...compounds].map(([form, parts]) => [form, stems(parts, language)])),
    };
    const corpus: Corpus = {
      chunks,
      averageWords: Math.max(1, Number(totals?.words ?? 0) / Math.max(1, chunks)),
      chunksWith,
    };
    return { query, corpus, tsquery: tsqueryOf([...asked, ...addedTokens], chunksWith) };
  }

  /** A passage in the other language is read in its own, as the translations of the query are. */
  private wordsOf({ id, title, text, ...row }: CandidateRow, queryLanguage: Language): readonly RankingWord[] {
    const language = row.language ?? queryLanguage;
    const key = `${language}${id}`;
    let words = this.analysed.get(key);
    if (!words) this.analysed.set(key, (words = rankingWords(`${title}\n${text}`, language)));
    return words;
  }
}

const distinct = (tokens: readonly Token[]): Token[] => [
  ...new Map(tokens.map((token) => [token.word.forms[0], token])).values(),
];

const stems = (words: readonly string[], language: Language): string[] =>
  rankingWords(words.join(' '), language).map(({ stem }) => stem);

/** Any of the words. The rarest come first; frequent ones are left out if the rarer ones already match enough. */
function tsqueryOf(tokens: readonly Token[], chunksWith: (lexeme: string) => number): string {
  const words = tokens
    .map(({ word }) => ({ word, count: Math.max(0, ...[...word.lexemes.keys()].map(chunksWith)) }))
    .sort((a, b) => a.count - b.count);
  const parts = new Map<string, string>();
  let matches = 0;
  for (const { word, count } of words) {
    if (matches > 0 && matches + count > MATCHES) break;
    matches += count;
    const add = (lexeme: string | undefined, weights: string) => {
      if (lexeme) parts.set(lexeme, [...new Set((parts.get(lexeme) ?? '') + weights)].join(''));
    };
    for (const form of word.forms) add(form, FORM);
    add(word.german, GERMAN);
    add(word.english, ENGLISH);
  }
  return [...parts].map(([lexeme, weights]) => `${quoted(lexeme)}:${weights}`).join(' | ');
}
