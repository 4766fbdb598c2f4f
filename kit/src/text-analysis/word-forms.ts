/** The lexemes of one word: its spellings, and its German and English stems. Holds no word boundaries. */
// cspell:words aeiouyäöüq unaccent
import { LRUCache } from 'lru-cache';
import { newStemmer } from 'snowball-stemmers';
import { cutText, foldedForms, normalise, unaccent } from './fold';
import { isStopWord } from './stop-words';

export interface WordForms {
  /** Folded spellings; more than one if the word has umlauts. */
  forms: readonly string[];
  /** The German stem; undefined if there is none. */
  german: string | undefined;
  /** The English stem; undefined if there is none. */
  english: string | undefined;
  /** Whether it is a stop word of German or English. */
  isStop: boolean;
  /** The lexemes in the index. */
  lexemes: ReadonlyMap<string, Weight>;
}

/** A form, a stem of both languages, a German stem, an English stem. The first that applies counts. */
export type Weight = 'A' | 'B' | 'C' | 'D';

/** In UTF-16 code units. PostgreSQL accepts lexemes of up to 2,046 bytes. */
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

/** A word with the given forms and stems. */
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

/** Like Snowball's current German stemmer, reads `ae`, `oe` and `ue` as umlauts and removes the `n` of `-eln`. */
function germanStem(word: string): string {
  const spelled = word
    .replaceAll('ß', 'ss')
    .replaceAll('ae', 'ä')
    .replaceAll('oe', 'ö')
    .replace(/(?<![aeiouyäöüq])ue/g, 'ü')
    .replace(/(?<=\p{L}{3}el)n$/u, '');
  return unaccent(germanStemmer.stem(spelled));
}
