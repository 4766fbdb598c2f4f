// @ts-check
/** Masks swear words: the first letter stays. Sees through doubled letters, digits for letters, and dots within a word. */
import { ENDINGS, STEMS } from './words.js';

const LOOKALIKES = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's', '!': 'i' };

/** Words with the signs that people put in place of letters. The final exclamation mark is none of them. */
const WORD = /[\p{L}\p{N}@$*](?:[\p{L}\p{N}@$*.!_-]*[\p{L}\p{N}@$*])?/gu;

const fold = (word) =>
  word
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[0134-57@$!]/g, (sign) => LOOKALIKES[sign] ?? sign)
    .replace(/[^\p{L}]/gu, '')
    .replace(/(\p{L})\1+/gu, '$1');

const formsOf = (stems) => new Set(stems.flatMap((stem) => ENDINGS.map((ending) => fold(stem + ending))));

export const KNOWN = formsOf(STEMS);

/** @returns the text with masked words, and whether there were any */
export function masked(text, words = [], allowed = []) {
  const further = formsOf(words);
  const free = new Set(allowed.map(fold));
  let found = false;
  const result = text.replace(WORD, (word) => {
    const folded = fold(word);
    if (free.has(folded) || !(KNOWN.has(folded) || further.has(folded))) return word;
    found = true;
    return word[0] + '\\*'.repeat(Math.max(1, [...word].length - 1));
  });
  return { text: result, found };
}

/** @type {import('@chat/plugin-api').Plugin} */
export default {
  hooks: {
    async beforeMessage({ text }, chat) {
      const { mode, words, allowed } = await chat.config();
      const result = masked(text, words, allowed);
      if (!result.found) return null;
      return mode === 'refuse' ? { refuse: 'Please say it without swear words.' } : { text: result.text };
    },
  },
};
