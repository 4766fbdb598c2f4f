/**
 * Opaque cursors of two kinds: a list cursor is the place of an edge in a list, an event cursor the place of an event in a stream. Each
 * contains the name of its list or stream, so a cursor of another one is refused.
 */
import { badUserInput } from '../errors';

/** @param values the sort values of the list at this place */
export function encodeCursor(list: string, ...values: (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...values])).toString('base64url');
}

/** PostgreSQL raises an error on other text. */
const isStorable = (value: unknown) => typeof value === 'string' && value.isWellFormed() && !value.includes('\0');

/** The sort values of a list cursor. @throws BAD_USER_INPUT if it is malformed or not of this list; the error names `argument`. */
export function decodeCursor(list: string, cursor: string, argument = 'after'): (string | number)[] {
  const values = read(list, cursor);
  if (!values) throw notAListCursor(argument);
  return values;
}

function read(list: string, cursor: string): (string | number)[] | undefined {
  try {
    const [owner, ...values] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const isSound = values.length > 0 && values.every((value) => isStorable(value) || Number.isSafeInteger(value));
    if (owner === list && isSound) return values as (string | number)[];
  } catch {
    // Malformed.
  }
  return undefined;
}

/** A place in a stream. Numbers of another epoch, or of none, do not belong to the events that have them now. */
export interface StreamPosition {
  seq: number;
  epoch: string;
}

/** The position of an event in its stream, for the argument `after` of the subscription that resumes it. */
export const streamCursor = (stream: string, { seq, epoch }: StreamPosition): string =>
  epoch ? encodeCursor(stream, seq, epoch) : encodeCursor(stream, seq);

/** The position of an event cursor; undefined if it is absent. @throws BAD_USER_INPUT if it is not of this stream; the error names `argument`. */
export function streamPosition(
  stream: string,
  cursor: string | null | undefined,
  argument = 'after',
): StreamPosition | undefined {
  if (cursor == null) return undefined;
  const [seq, epoch = '', ...rest] = read(stream, cursor) ?? [];
  if (typeof seq !== 'number' || seq < 0 || typeof epoch !== 'string' || rest.length > 0)
    throw notAnEventCursor(argument);
  return { seq, epoch };
}

/** The only wording for an invalid list cursor. */
export const notAListCursor = (argument: string) =>
  badUserInput({
    [argument]: `${argument} is not a list cursor of this list. Use the cursor of one of its edges, startCursor or endCursor.`,
  });

/** The only wording for an invalid event cursor. */
export const notAnEventCursor = (argument: string) =>
  badUserInput({
    [argument]: `${argument} is not an event cursor of this stream. Use the cursor of one of its events.`,
  });
