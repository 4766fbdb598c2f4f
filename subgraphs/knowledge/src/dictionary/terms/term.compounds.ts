/** The ways to read a German word as a compound of two words. Holds no dictionary: a lookup decides which of them exist. */
// cspell:words zäöüß
import { germanStem } from './stemmers';

export interface Split {
  /** The stem of the last word, which carries the meaning. */
  tail: string;
  /** The first word as it may be written alone, and its stems. */
  heads: string[];
}

/** Shorter parts occur in too many words. */
const MIN_PART = 4;
const MAX_WORD = 60;
/** Letters that German inserts between the words of a compound. */
const LINKS = ['', 'es', 's', 'en', 'n', 'er', 'e'];

/** @param word in lower case, with umlauts as they were typed */
export function splitsOf(word: string): Split[] {
  if (!/^[a-zäöüß]+$/.test(word) || word.length > MAX_WORD) return [];
  const splits: Split[] = [];
  for (let at = MIN_PART; at <= word.length - MIN_PART; at++) {
    const head = word.slice(0, at);
    const heads = LINKS.filter((link) => head.endsWith(link) && head.length - link.length >= MIN_PART - 1).map((link) =>
      head.slice(0, head.length - link.length),
    );
    splits.push({ tail: germanStem(word.slice(at)), heads: [...new Set([...heads, ...heads.map(germanStem)])] });
  }
  return splits;
}
