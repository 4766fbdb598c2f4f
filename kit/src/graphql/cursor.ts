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
  throw noCursor(argument);
}

/** A place in a stream. Numbers of another epoch, or of none, do not belong to the events that have them now. */
export interface StreamPosition {
  seq: number;
  epoch: string;
}

/** Where an event stands in its stream: for the argument `after` of the subscription that resumes it. */
export const streamCursor = (stream: string, { seq, epoch }: StreamPosition): string =>
  epoch ? encodeCursor(stream, seq, epoch) : encodeCursor(stream, seq);

/** The position that `after` stands for; undefined if it is absent. @throws BAD_USER_INPUT if it is no cursor of this stream. */
export function streamPosition(stream: string, after: string | null | undefined): StreamPosition | undefined {
  if (after == null) return undefined;
  const [seq, epoch = '', ...rest] = decodeCursor(stream, after);
  if (typeof seq !== 'number' || seq < 0 || typeof epoch !== 'string' || rest.length > 0) throw noCursor('after');
  return { seq, epoch };
}

const noCursor = (argument: string) => badUserInput({ [argument]: `${argument} is not a cursor of this list.` });
