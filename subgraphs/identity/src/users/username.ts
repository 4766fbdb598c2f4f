/** Validates usernames, and detects names that look alike. */
import { nameKey } from '@chat/identity-client/directory/directory';
import { registerDecorator } from 'class-validator';
import unhomoglyph from 'unhomoglyph';

/** Limit of display names, in characters. */
export const DISPLAY_NAME_MAX = 64;

/** Limit of usernames, in characters: long enough for names, short enough for a line of chat. */
export const USERNAME_MAX = 32;

/** Words that mention more than one person, and names that the system uses itself. */
const RESERVED = new Set(['all', 'everyone', 'here', 'channel', 'system', 'deleted', 'null', 'undefined']);

/** The first problem of a username, as the end of a sentence; undefined if it is valid. */
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
 * For example, `admin` and `аdmin` (with a Cyrillic а) share one skeleton, and so do `paul0` and `paulo`.
 */
export function nameSkeleton(name: string): string {
  const lookAlike = unhomoglyph(nameKey(name).normalize('NFD')).normalize('NFD').toLowerCase();
  return unhomoglyph(lookAlike).normalize('NFD').toLowerCase(); // a second pass, because lower case may look like another character
}

/** class-validator decorator for {@link usernameProblem}. */
export const IsUsername = (): PropertyDecorator => (target, property) =>
  registerDecorator({
    name: 'isUsername',
    target: target.constructor,
    propertyName: property as string,
    validator: {
      validate: (value) => typeof value === 'string' && usernameProblem(value.normalize('NFC')) === undefined,
      defaultMessage: (given) => `${given!.property} ${usernameProblem(String(given!.value).normalize('NFC'))}`,
    },
  });
