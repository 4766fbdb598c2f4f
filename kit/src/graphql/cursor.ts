/** Opaque cursors. Each names the list it belongs to, so that one from another list, or a made-up one, is refused. */
import { badUserInput } from '../errors';

/** `values` are what the list is sorted by, at this place. */
export function encodeCursor(list: string, ...values: (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...values])).toString('base64url');
}

/** PostgreSQL raises an error on other text. */
const isStorable = (value: unknown) => typeof value === 'string' && value.isWellFormed() && !value.includes('\0');

/** @throws BAD_USER_INPUT naming `argument` where the cursor is malformed or another list's. */
export function decodeCursor(list: string, cursor: string, argument = 'after'): (string | number)[] {
  try {
    const [owner, ...values] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const isSound = values.length > 0 && values.every((value) => isStorable(value) || Number.isSafeInteger(value));
    if (owner === list && isSound) return values as (string | number)[];
  } catch {
    // Told below.
  }
  throw badUserInput({ [argument]: `${argument} is not a cursor of this list.` });
}
