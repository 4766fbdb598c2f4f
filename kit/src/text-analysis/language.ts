/** Tells German from English by stop words and German letters. Knows no other language. */
// cspell:words äöüß
import { TELLING_WORDS } from './stop-words';

export type Language = 'de' | 'en';

/** Characters that are read; the beginning of a text tells its language. */
const MAX_LENGTH = 4000;

/** The language of a text; undefined if nothing tells, as for names, numbers, emoji and single words of both languages. */
export function languageOf(text: string): Language | undefined {
  let [german, english] = [0, 0];
  for (const [word] of text
    .slice(0, MAX_LENGTH)
    .normalize('NFC')
    .toLowerCase()
    .matchAll(/[\p{L}\p{M}]+/gu)) {
    if (TELLING_WORDS.de.has(word) || /[äöüß]/.test(word)) german++;
    if (TELLING_WORDS.en.has(word)) english++;
  }
  if (german === english) return undefined;
  return german > english ? 'de' : 'en';
}
