/** Words that a channel's moderators do not want to read. Compares whole words without regard to case and composition. */
import { badUserInput } from '@chat/kit/errors';

/** As words are stored and compared. */
export const filterKey = (word: string): string => word.normalize('NFKC').toLowerCase().trim();

/** @throws BAD_USER_INPUT naming the first filtered word that the text has. */
export function checkFilteredWords(body: string, filteredWords: readonly string[]): void {
  if (filteredWords.length === 0) return;
  const text = filterKey(body);
  const found = filteredWords.find((word) => hasWord(text, word));
  if (found !== undefined) throw badUserInput({ body: `body has a word that is not wanted in this channel: ${found}` });
}

const isWordCharacter = (character: string | undefined) => character !== undefined && /[\p{L}\p{N}]/u.test(character);

function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = [...text.slice(Math.max(0, at - 2), at)].at(-1);
    const [after] = text.slice(at + word.length, at + word.length + 2);
    if (!isWordCharacter(before) && !isWordCharacter(after)) return true;
  }
  return false;
}
