/**
 * Words that a channel's moderators do not want to read. Compares whole words with the text that readers see, so that neither emphasis nor
 * entities, invisible characters or further spaces within a word hide it. Case and composition make no difference. All words of a
 * channel are looked for at once (Aho–Corasick), in time that depends on the text and not on their number.
 */
import { badUserInput } from '@chat/kit/errors';
import { LRUCache } from 'lru-cache';
import AhoCorasick from 'modern-ahocorasick';
import { beginsWithinWord, endsWithinWord } from './formatting/word-boundary';

/** The words of one channel, as {@link ChannelEntity} has them. */
export interface WordFilter {
  id: string;
  filterVersion: number;
  filteredWords: readonly string[];
}

/** Characters of words whose automata are kept; an automaton takes memory in proportion. */
const CACHE_CHARACTERS = 2_000_000;

/** As words are stored and shown to moderators. */
export const filterKey = (word: string): string => word.normalize('NFKC').toLowerCase().trim();

/** As words and texts are compared: by way of upper case, as ß and SS are one there. */
const folded = (text: string): string =>
  text
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, '')
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .replace(/\s+/g, ' ')
    .trim();

const automata = new LRUCache<string, AhoCorasick<string>>({ max: 1000, maxSize: CACHE_CHARACTERS });

/** @param shown of the message's text. @throws BAD_USER_INPUT naming the first filtered word in it. */
export function checkFilteredWords(shown: string, filter: WordFilter): void {
  if (filter.filteredWords.length === 0) return;
  const text = folded(shown);
  for (const { start, end, data: word } of automatonOf(filter).iterate(text)) {
    if (!isWithinWord(text, start) && !isWithinWord(text, end))
      throw badUserInput({ body: `body has a word that is not wanted in this channel: ${word}` });
  }
}

const isWithinWord = (text: string, at: number) => endsWithinWord(text, at) && beginsWithinWord(text, at);

function automatonOf({ id, filterVersion, filteredWords }: WordFilter): AhoCorasick<string> {
  const key = `${id} ${filterVersion}`;
  const known = automata.get(key);
  if (known) return known;
  const patterns = new Map(filteredWords.map((word) => [folded(word), word]));
  patterns.delete('');
  const automaton = new AhoCorasick<string>([...patterns].map(([pattern, data]) => ({ pattern, data })));
  automata.set(key, automaton, { size: 1 + filteredWords.join('').length });
  return automaton;
}
