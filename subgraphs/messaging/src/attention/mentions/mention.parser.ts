/** Finds whom a text mentions: `@name`, `@channel` (or `@all`, `@everyone`) and `@here`, outside of code. Knows names only, not accounts. */
import { nameKey } from '@chat/identity-client/directory/directory';

export interface MentionedNames {
  /** Keys of names, each once. A name may have a trailing dot or hyphen that belongs to the sentence; then both forms are here. */
  keys: string[];
  isToEverybody: boolean;
  isToOnline: boolean;
}

/** Code, fenced and inline; what is in it addresses nobody. */
const CODE = /```[\s\S]*?(?:```|$)|(`+)[^`][\s\S]*?\1/g;
/** A name as identity allows it, not inside of a word or an e-mail address. */
const MENTION = /(?<![\p{L}\p{N}_@.])@([\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*)/gu;
const EVERYBODY = new Set(['channel', 'all', 'everyone']);

export function mentionedNames(body: string): MentionedNames {
  const keys = new Set<string>();
  if (body.includes('@')) {
    for (const [, name] of body.replace(CODE, ' ').matchAll(MENTION)) {
      const key = nameKey(name!);
      keys.add(key);
      keys.add(key.replace(/[._-]+$/, ''));
    }
  }
  const isToEverybody = [...EVERYBODY].some((word) => keys.delete(word));
  const isToOnline = keys.delete('here');
  for (const word of EVERYBODY) keys.delete(word);
  return { keys: [...keys], isToEverybody, isToOnline };
}

/** What `names` has that `before` has not. */
export const namesAdded = (before: MentionedNames, names: MentionedNames): MentionedNames => ({
  keys: names.keys.filter((key) => !before.keys.includes(key)),
  isToEverybody: names.isToEverybody && !before.isToEverybody,
  isToOnline: names.isToOnline && !before.isToOnline,
});
