/** What a username may look like, and when two of them are the same one or could be taken for each other. */
import { nameKey } from '@chat/identity-client/directory/directory';
import unhomoglyph from 'unhomoglyph';

/** In characters. Long enough for names, short enough for a line of chat. */
export const USERNAME_MAX = 32;

/** Words that mean more than one person where they are mentioned, and names that the system gives itself. */
const RESERVED = new Set(['all', 'everyone', 'here', 'channel', 'system', 'deleted', 'null', 'undefined']);

/** The first thing that is wrong with a username, as the end of a sentence; undefined where it is fine. */
export function usernameProblem(name: string): string | undefined {
  if (!name.isWellFormed()) return 'must be well-formed Unicode';
  const length = [...name].length;
  if (length < 2 || length > USERNAME_MAX) return `must have 2 to ${USERNAME_MAX} characters`;
  if (!/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$/u.test(name))
    return 'must start with a letter or digit and have only letters, digits, dots, hyphens and underscores';
  if (/\p{Default_Ignorable_Code_Point}/u.test(name)) return 'must not have invisible characters';
  if (RESERVED.has(nameKey(name)) || /^(guest|deleted)-/.test(nameKey(name))) return 'is reserved';
  return undefined;
}

/**
 * Equal for names that look alike: the skeleton of Unicode TR39, section 4, over the name in lower case.
 * `admin` and `аdmin` (with a Cyrillic а) share one, as do `paul0` and `paulo`.
 */
export function nameSkeleton(name: string): string {
  const lookAlike = unhomoglyph(nameKey(name).normalize('NFD')).normalize('NFD').toLowerCase();
  return unhomoglyph(lookAlike).normalize('NFD').toLowerCase(); // a second pass, as lower case may look like something else again
}
