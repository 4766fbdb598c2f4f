/** Sentences as ELIZA reads and prints them: words, commas and periods. Knows no keywords. */
import { wordFrom, type Word } from './decomposition';

/** Characters of today's keyboards → the nearest that a script knows. */
const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/’/g, "'"],
  [/[‘`"«»‚‛“”„‟‹›¡¿]/g, ' '],
  [/[!?…]/g, '.'],
  [/[:;–—]/g, ','],
  [/\s+/g, ' '],
];

export function clean(text: string): string {
  return REPLACEMENTS.reduce((cleaned, [pattern, character]) => cleaned.replaceAll(pattern, character), text);
}

/** Longest sentence that is read, in words. */
const MAX_WORDS = 200;

/** Words, and each comma and period by itself. Words beyond the first 200 are left out. */
export function splitWords(text: string): Word[] {
  const words: Word[] = [];
  for (const [word] of text.matchAll(/[,.]|[^\s,.]+/g)) {
    if (words.length === MAX_WORDS) break;
    words.push(wordFrom(word));
  }
  return words;
}

/** A sentence of a script with small letters: no space before punctuation, and a capital at the start of each sentence. */
export function tidy(text: string): string {
  return text
    .replaceAll(/ ([,.:?!“])/g, '$1')
    .replaceAll(/„ /g, '„')
    .replaceAll(
      /(^|[.?!]\s+)(\p{Ll})/gu,
      (_, before: string, letter: string) => before + letter.toLocaleUpperCase('de'),
    );
}
