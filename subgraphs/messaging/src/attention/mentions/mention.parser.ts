/**
 * Finds mentions in a message's text: `@name`, `@channel` (or `@all`, `@everyone`) and `@here`. Knows neither accounts nor Markdown:
 * messages/formatting/message-text.ts has removed code, addresses and escaped signs.
 */
import { nameKey } from '@chat/identity-client/directory/directory';
import { endsWithinWord, seamsIn } from '../../messages/formatting/word-boundary';

/** The keys that one `@name` may stand for, longest first: a dot may belong to the name or end the sentence. The first known key counts. */
export type MentionedName = readonly string[];

export interface MentionedNames {
  /** Without duplicates. */
  names: MentionedName[];
  isToEverybody: boolean;
  isToOnline: boolean;
}

const MENTION = /@([\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*)/gu;
/** An address that did not become a link, up to a slash: `example.org/@name`. */
const ADDRESS = /^(?:[a-z][a-z\d+.-]{0,30}:\/|[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63})+(?::\d{1,5})?\/)/iu;
/** Longer than any name, in UTF-16 units: 32 characters, each with possible combining marks before normalisation. */
const MAX_NAME = 128;
const [EVERYBODY, ONLINE] = [new Set(['channel', 'all', 'everyone']), 'here'];

/** @param maxNames the limit; parsing stops at one name more, because such a message is refused */
export function mentionedNames(said: string, maxNames: number): MentionedNames {
  const found: MentionedNames = { names: [], isToEverybody: false, isToOnline: false };
  const known = new Set<string>();
  let chunk = { start: 0, end: -1, isAddress: false };
  for (const { index, 1: run } of said.matchAll(MENTION)) {
    if (!opensName(said, index)) continue;
    if (index > chunk.end) chunk = chunkAt(said, index, chunk.end);
    if (chunk.isAddress && said[index - 1] === '/') continue;
    const name = keysOf(run!);
    if (name.some((key) => EVERYBODY.has(key))) found.isToEverybody = true;
    else if (name.includes(ONLINE)) found.isToOnline = true;
    else if (name.length > 0 && !known.has(name[0]!)) {
      known.add(name[0]!);
      if (found.names.push(name) > maxNames) break;
    }
  }
  return found;
}

/** Whether a name may begin at this `@`: not within a word or an e-mail address, and not after another `@`. */
function opensName(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === '_') before--;
  return text[at - 1] !== '@' && !endsWithinWord(text, before);
}

/** The run without spaces around `at`. Text up to `searched` has been examined before. */
function chunkAt(text: string, at: number, searched: number): { start: number; end: number; isAddress: boolean } {
  let start = at;
  while (start > searched + 1 && !/\s/.test(text[start - 1]!)) start--;
  const space = /\s/g;
  space.lastIndex = at;
  const end = space.exec(text)?.index ?? text.length;
  const opening = start;
  while (/["'(<[{]/.test(text[start] ?? '')) start++;
  return { start: opening, end, isAddress: ADDRESS.test(text.slice(start, start + 512)) };
}

function keysOf(run: string): string[] {
  const keys = new Set<string>();
  let end = run.length;
  const add = (length: number) => length <= MAX_NAME && keys.add(nameKey(run.slice(0, length)));
  add(end);
  for (; run[end - 1] === '.' || run[end - 1] === '-'; end--) add(end - 1);
  for (const seam of seamsIn(run.slice(0, Math.min(end, MAX_NAME))).reverse()) add(seam);
  return [...keys];
}

/** The names of `names` that `before` lacks. */
export const namesAdded = (before: MentionedNames, { names, isToEverybody, isToOnline }: MentionedNames) => {
  const known = new Set(before.names.map(([key]) => key));
  return {
    names: names.filter(([key]) => !known.has(key)),
    isToEverybody: isToEverybody && !before.isToEverybody,
    isToOnline: isToOnline && !before.isToOnline,
  };
};
