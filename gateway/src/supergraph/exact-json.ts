/**
 * Parses JSON without losing digits. If JavaScript cannot represent a number, such as an integer beyond 2^53, the result has a
 * raw JSON value, and `JSON.stringify` writes its original text. All other values are those of `JSON.parse`.
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

/** TypeScript has no types for these functions yet. */
const RAW = JSON as unknown as RawJson;

/** Matches numbers that may need raw values. A match inside a string only costs time. */
const MAY_BE_INEXACT = /(?:[[:,\s]|^)-?(?:\d[\d.]{15}|[\d.]+[eE])/;

/** @throws SyntaxError if `text` is not JSON */
export function parseExactly(text: string): unknown {
  if (!MAY_BE_INEXACT.test(text)) return JSON.parse(text);
  return RAW.parse(text, reviveExactly);
}

/** A reviver for `JSON.parse` with the result of {@link parseExactly}. Slower if no number needs a raw value. */
export function reviveExactly(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  return typeof value !== 'number' || source === undefined || isExact(value, source) ? value : RAW.rawJSON(source);
}

export const isRawNumber: (value: unknown) => value is RawNumber = RAW.isRawJSON;

/** `text` as a number if JavaScript can represent it exactly; otherwise as a raw value. */
export function exactNumber(text: string): number | RawNumber {
  const value = Number(text);
  return isExact(value, text) ? value : RAW.rawJSON(text);
}

/** Whether `value` has all digits of `source`. */
function isExact(value: number, source: string): boolean {
  if (Number.isSafeInteger(value) && /^-?\d+$/.test(source)) return true;
  if (!Number.isFinite(value)) return false;
  return digitsOf(String(value)) === digitsOf(source);
}

/** The significant digits of a number. */
function digitsOf(text: string): string {
  const [mantissa = ''] = text.toLowerCase().split('e');
  const digits = mantissa.replace(/[-.]/g, '');
  let [start, end] = [0, digits.length];
  while (digits[start] === '0') start++;
  while (end > start && digits[end - 1] === '0') end--;
  return digits.slice(start, end);
}
