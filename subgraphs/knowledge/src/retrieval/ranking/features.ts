/**
 * The features by which the fusion ranks passages: how well each passage matches a query, relative to the other candidates.
 * Holds no weights and no storage.
 */
import { QueryGrams } from './grams';
import type { RankingWord } from './ranking-words';

export interface RankedQuery {
  words: readonly RankingWord[];
  /** The parts of compounds among the words, by form, as stems. */
  parts: ReadonlyMap<string, readonly string[]>;
  /** Stems of translations among the words, each with the stems of the words that it stands for. */
  translations: ReadonlyMap<string, readonly string[]>;
}

export interface Passage {
  words: readonly RankingWord[];
  /** The parts of compounds, by form, as stems. */
  parts: ReadonlyMap<string, readonly string[]>;
  /** The score of PostgreSQL's `ts_rank`. */
  tsRank: number;
  /** The cosine similarity of the embeddings; undefined without vectors. */
  similarity: number | undefined;
}

export interface Corpus {
  chunks: number;
  /** The average number of words in a chunk. */
  averageWords: number;
  /** The number of chunks that hold a stem. */
  chunksWith(stem: string): number;
}

export const LEXICAL_FEATURES = [
  'bm25',
  'tsRank',
  'grams',
  'gramWindow',
  'coverage',
  'sentence',
  'window',
  'pairs',
  'names',
  'forms',
] as const;

const COVERAGE = LEXICAL_FEATURES.indexOf('coverage');

const K1 = 1.2;
const B = 0.6;
/** A part of a compound says less than the word. */
const PART_WEIGHT = 0.6;

const idf = (count: number, total: number) => Math.log(1 + (Math.max(total, count) - count + 0.5) / (count + 0.5));

interface Term {
  stem: string;
  weight: number;
  isName: boolean;
  form: string;
  /** The stems of the terms that a passage with this term covers: itself, or the words that it translates. */
  covers: readonly string[];
}

function termsOf({ words, parts, translations }: RankedQuery, corpus: Corpus): Map<string, Term> {
  const meaningful = words.filter(({ isStop }) => !isStop);
  const terms = new Map<string, Term>();
  for (const { stem, form, isName } of meaningful.length > 0 ? meaningful : words) {
    if (!terms.has(stem)) {
      const weight = idf(corpus.chunksWith(stem), corpus.chunks);
      terms.set(stem, { stem, form, isName, weight, covers: translations.get(stem) ?? [stem] });
    }
    for (const part of parts.get(form) ?? [])
      if (!terms.has(part))
        terms.set(part, {
          stem: part,
          form: part,
          isName: false,
          weight: PART_WEIGHT * idf(corpus.chunksWith(part), corpus.chunks),
          covers: [part],
        });
  }
  return terms;
}

/** Not a translation of another term. */
const isOwn = ({ stem, covers }: Term): boolean => covers.includes(stem);

/**
 * One row per passage: the features in the order of {@link LEXICAL_FEATURES}, then the similarity, each scaled to the candidates. Coverage
 * comes once more unscaled, as the share of the query's weight.
 */
export function featuresOf(
  query: RankedQuery,
  passages: readonly Passage[],
  corpus: Corpus,
): { rows: number[][]; coverage: number[] } {
  const terms = termsOf(query, corpus);
  const total = [...terms.values()].filter(isOwn).reduce((sum, { weight }) => sum + weight, 0) || 1;
  const grams = gramScores(query, passages);
  const rows = passages.map((passage, i) => {
    const [bm25 = 0, ...matches] = matchesOf(query, terms, total, passage, corpus);
    return [bm25, passage.tsRank, ...grams[i]!, ...matches, passage.similarity ?? 0];
  });
  const coverage = rows.map((row) => row[COVERAGE]!);
  return { rows: scaled(rows), coverage };
}

function matchesOf(
  query: RankedQuery,
  terms: ReadonlyMap<string, Term>,
  total: number,
  { words, parts }: Passage,
  corpus: Corpus,
): number[] {
  const counts = new Map<string, number>();
  const bySentence: Map<string, number>[] = [];
  const forms = new Set<string>();
  const count = (stem: string, sentence: number) => {
    const term = terms.get(stem);
    if (!term) return;
    counts.set(stem, (counts.get(stem) ?? 0) + 1);
    const here = (bySentence[sentence] ??= new Map<string, number>());
    for (const covered of term.covers) here.set(covered, terms.get(covered)?.weight ?? 0);
  };
  for (const { form, stem, sentence } of words) {
    forms.add(form);
    count(stem, sentence);
    for (const part of parts.get(form) ?? []) if (part !== stem) count(part, sentence);
  }
  let [bm25, allNames] = [0, 0];
  const [covered, exact] = [new Map<string, number>(), new Map<string, number>()];
  const norm = K1 * (1 - B + (B * words.length) / corpus.averageWords);
  for (const term of terms.values()) {
    const { stem, weight, form, covers } = term;
    const found = counts.get(stem) ?? 0;
    if (term.isName && isOwn(term)) allNames += weight;
    const cover = (by: Map<string, number>) => {
      for (const own of covers) by.set(own, terms.get(own)?.weight ?? 0);
    };
    if (forms.has(form)) cover(exact);
    if (found === 0) continue;
    bm25 += (weight * found * (K1 + 1)) / (found + norm);
    cover(covered);
  }
  let names = 0;
  for (const [stem, weight] of covered) if (terms.get(stem)?.isName) names += weight;
  let [sentence, window] = [0, 0];
  for (let i = 0; i < bySentence.length; i++) {
    const here = bySentence[i];
    sentence = Math.max(sentence, sum(here));
    window = Math.max(window, sum(new Map([...(here ?? []), ...(bySentence[i + 1] ?? [])])));
  }
  return [
    bm25,
    sum(covered) / total,
    sentence / total,
    window / total,
    pairsOf(query.words, words, terms),
    allNames > 0 ? names / allNames : 0,
    sum(exact) / total,
  ];
}

const sum = (weights: ReadonlyMap<string, number> | undefined): number => {
  let result = 0;
  for (const weight of weights?.values() ?? []) result += weight;
  return result;
};

/** The weight of neighbouring words of the query that are neighbours in the passage too; stop words in between do not count. */
function pairsOf(
  query: readonly RankingWord[],
  passage: readonly RankingWord[],
  terms: ReadonlyMap<string, Term>,
): number {
  const wanted = pairsIn(query);
  if (wanted.size === 0) return 0;
  const found = new Set<string>();
  for (const pair of pairsIn(passage)) if (wanted.has(pair)) found.add(pair);
  let [score, total] = [0, 0];
  for (const pair of wanted) {
    const [left = '', right = ''] = pair.split(' ');
    const weight = Math.min(terms.get(left)?.weight ?? 0, terms.get(right)?.weight ?? 0);
    total += weight;
    if (found.has(pair)) score += weight;
  }
  return total > 0 ? score / total : 0;
}

function pairsIn(words: readonly RankingWord[]): Set<string> {
  const pairs = new Set<string>();
  let previous: string | undefined;
  for (const { stem, isStop } of words) {
    if (isStop) continue;
    if (previous !== undefined) pairs.add(`${previous} ${stem}`);
    previous = stem;
  }
  return pairs;
}

/** Words in a window of the gram score. */
const WINDOW = 30;

/** Two scores of each passage: BM25 of the query's grams, and the share of their weight in the best window. */
function gramScores(query: RankedQuery, passages: readonly Passage[]): number[][] {
  const meaningful = query.words.filter(({ isStop }) => !isStop);
  const grams = new QueryGrams((meaningful.length > 0 ? meaningful : query.words).map(({ form }) => form));
  const size = grams.grams.length;
  const frequencies = new Int32Array(size);
  const counts = passages.map(({ words }) => {
    const found = new Uint16Array(size);
    for (const { form, isStop } of words) if (!isStop) for (const index of grams.matches(form)) found[index]!++;
    for (let i = 0; i < size; i++) if (found[i]! > 0) frequencies[i]!++;
    return found;
  });
  const weights = Float64Array.from(frequencies, (frequency) => idf(frequency, passages.length));
  const average = passages.reduce((all, { words }) => all + words.length, 0) / Math.max(passages.length, 1) || 1;
  return passages.map(({ words }, p) => {
    let score = 0;
    const norm = K1 * (1 - B + (B * words.length) / average);
    for (let i = 0; i < size; i++) {
      const found = counts[p]![i]!;
      if (found > 0) score += (weights[i]! * found * (K1 + 1)) / (found + norm);
    }
    return [score, bestWindow(words, grams, weights)];
  });
}

function bestWindow(words: readonly RankingWord[], grams: QueryGrams, weights: Float64Array): number {
  const present = new Uint16Array(weights.length);
  let [score, best] = [0, 0];
  for (let i = 0; i < words.length; i++) {
    if (!words[i]!.isStop)
      for (const index of grams.matches(words[i]!.form)) if (present[index]!++ === 0) score += weights[index]!;
    const left = words[i - WINDOW];
    if (left && !left.isStop)
      for (const index of grams.matches(left.form)) if (--present[index]! === 0) score -= weights[index]!;
    if (score > best) best = score;
  }
  return best;
}

/** Divides each column by its largest value, so that a weight means the same for each query. */
function scaled(rows: number[][]): number[][] {
  const width = rows[0]?.length ?? 0;
  for (let column = 0; column < width; column++) {
    let largest = 0;
    for (const row of rows) largest = Math.max(largest, row[column]!);
    if (largest > 0) for (const row of rows) row[column] = row[column]! / largest;
  }
  return rows;
}
