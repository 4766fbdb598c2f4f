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

/** JavaScript represents every number of up to 15 significant digits; 15 digits and a decimal point are 16 characters. */
const INEXACT_LENGTH = 16;

/** Matches exponents of three digits, beyond which numbers overflow or underflow. A match inside a string only costs time. */
const LARGE_EXPONENT = /\d[eE][-+]?\d{3,}(?:[,}\]\s]|$)/;

/** @throws SyntaxError if `text` is not JSON */
export function parseExactly(text: string): unknown {
  if (!mayBeInexact(text)) return JSON.parse(text);
  return RAW.parse(text, (_key, value, { source }) =>
    typeof value !== 'number' || source === undefined || isExact(value, source) ? value : RAW.rawJSON(source),
  );
}

export const isRawNumber: (value: unknown) => value is RawNumber = RAW.isRawJSON;

/** `text` as a number if JavaScript can represent it exactly; otherwise as a raw value. */
export function exactNumber(text: string): number | RawNumber {
  const value = Number(text);
  return isExact(value, text) ? value : RAW.rawJSON(text);
}

function mayBeInexact(text: string): boolean {
  return mayHaveLongNumber(text) || LARGE_EXPONENT.test(text);
}

/**
 * Whether the text may have a number of {@link INEXACT_LENGTH} digits and points that JavaScript cannot represent. Reads one
 * character in 16 of ordinary text.
 */
function mayHaveLongNumber(text: string): boolean {
  for (let at = INEXACT_LENGTH - 1; at < text.length; at += INEXACT_LENGTH) {
    if (!isDigitOrPoint(text.charCodeAt(at))) continue;
    let [first, last] = [at, at];
    while (first > 0 && isDigitOrPoint(text.charCodeAt(first - 1))) first--;
    while (last + 1 < text.length && isDigitOrPoint(text.charCodeAt(last + 1))) last++;
    if (last - first + 1 >= INEXACT_LENGTH) {
      const digits = text.slice(first, last + 1);
      if (hasExponentAt(text, last + 1) || !isExact(Number(digits), digits)) return true;
    }
    at = last;
  }
  return false;
}

function isDigitOrPoint(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 46;
}

const hasExponentAt = (text: string, at: number) => text[at] === 'e' || text[at] === 'E';

/** Whether `value` has all digits of `source`. */
function isExact(value: number, source: string): boolean {
  if (String(value) === source) return true; // as JavaScript writes it; `-0` goes on
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
