/**
 * The lexemes of one word: the forms in which it is written, and its German and English stems. Holds no word boundaries.
 */
// cspell:words aeiouyäöüq unaccent
import { LRUCache } from 'lru-cache';
import { newStemmer } from 'snowball-stemmers';
import { cutText, foldedForms, normalise, unaccent } from './fold';
import { isStopWord } from './stop-words';

export interface WordForms {
  /** As it is written, folded; several where umlauts have several spellings. */
  forms: readonly string[];
  /** Its stem in German; undefined if it has none. */
  german: string | undefined;
  /** Its stem in English; undefined if it has none. */
  english: string | undefined;
  /** Whether it carries no meaning in German or in English. */
  isStop: boolean;
  /** What it is indexed under. */
  lexemes: ReadonlyMap<string, Weight>;
}

/** Of a form, the stem of both languages, of German, of English. The first of them that applies counts. */
export type Weight = 'A' | 'B' | 'C' | 'D';

/** In UTF-16 code units: PostgreSQL takes lexemes of up to 2,046 bytes. */
const MAX_LENGTH = 500;
const CACHED_WORDS = 20_000;
const LATIN = /^\p{sc=Latin}[\p{sc=Latin}\p{M}]+$/u;

const germanStemmer = newStemmer('german');
const englishStemmer = newStemmer('english');
const cache = new LRUCache<string, WordForms>({ max: CACHED_WORDS });

/** @param word without separators, in any case and normalisation form */
export function wordForms(word: string): WordForms {
  let found = cache.get(word);
  if (!found) cache.set(word, (found = analyse(normalise(word))));
  return found;
}

function analyse(word: string): WordForms {
  const forms = foldedForms(word).map((form) => cutText(form, MAX_LENGTH));
  const isStop = isStopWord(word);
  if (isStop || !LATIN.test(word)) return wordOf(forms, { isStop });
  return wordOf(forms, { german: germanStem(word), english: englishStemmer.stem(forms[0]!) });
}

/** A word with the forms and stems that are given. */
export function wordOf(
  forms: readonly string[],
  { german, english, isStop = false }: { german?: string; english?: string; isStop?: boolean } = {},
): WordForms {
  const lexemes = new Map<string, Weight>();
  if (english !== undefined) lexemes.set(english, 'D');
  if (german !== undefined) lexemes.set(german, german === english ? 'B' : 'C');
  for (const form of forms) lexemes.set(form, 'A');
  return { forms, german, english, isStop, lexemes };
}

/** Snowball's stemmer for German, whose current version reads `ae`, `oe` and `ue` as umlauts, and takes the `n` off `-eln`. */
function germanStem(word: string): string {
  const spelled = word
    .replaceAll('ß', 'ss')
    .replaceAll('ae', 'ä')
    .replaceAll('oe', 'ö')
    .replace(/(?<![aeiouyäöüq])ue/g, 'ü')
    .replace(/(?<=\p{L}{3}el)n$/u, '');
  return unaccent(germanStemmer.stem(spelled));
}
