/**
 * JSON whose numbers stay as they are written. A number that JavaScript cannot hold (an integer beyond 2^53, say) becomes a
 * raw JSON value, which `JSON.stringify` writes as it was read. Everything else is what `JSON.parse` makes of it.
 */

/** A number as text. */
export interface RawNumber {
  readonly rawJSON: string;
}

interface RawJson {
  rawJSON(text: string): RawNumber;
  isRawJSON: (value: unknown) => value is RawNumber;
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
}

/** The types of TypeScript do not have these yet. */
const RAW = JSON as unknown as RawJson;

/** Finds numbers that may be too long, where numbers begin. What it finds in texts costs time and nothing else. */
const MAY_BE_INEXACT = /(?:[[:,\s]|^)-?(?:\d[\d.]{15}|[\d.]+[eE])/;

/** @throws SyntaxError if `text` is not JSON */
export function parseExactly(text: string): unknown {
  if (!MAY_BE_INEXACT.test(text)) return JSON.parse(text);
  return RAW.parse(text, (_key, value, { source }) => {
    if (typeof value !== 'number' || source === undefined || isExact(value, source)) return value;
    return RAW.rawJSON(source);
  });
}

export const isRawNumber: (value: unknown) => value is RawNumber = RAW.isRawJSON;

/** The number that `text` stands for, if it is one; else the text as a raw value. */
export function exactNumber(text: string): number | RawNumber {
  const value = Number(text);
  return isExact(value, text) ? value : RAW.rawJSON(text);
}

/** Whether a number is written with no more digits than JavaScript keeps. */
function isExact(value: number, source: string): boolean {
  if (Number.isSafeInteger(value) && /^-?\d+$/.test(source)) return true;
  if (!Number.isFinite(value)) return false;
  return digitsOf(String(value)) === digitsOf(source);
}

/** The significant digits of a number's text. */
function digitsOf(text: string): string {
  const [mantissa = ''] = text.toLowerCase().split('e');
  const digits = mantissa.replace(/[-.]/g, '');
  let [start, end] = [0, digits.length];
  while (digits[start] === '0') start++;
  while (end > start && digits[end - 1] === '0') end--;
  return digits.slice(start, end);
}
