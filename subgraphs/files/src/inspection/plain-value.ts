/** Makes facts that strangers wrote fit for storage and display: short, without control characters, and as JSON that PostgreSQL takes. */

const MAX_TEXT = 500;
const MAX_ITEMS = 50;
const MAX_DEPTH = 4;
// eslint-disable-next-line no-control-regex -- control characters, directional overrides and isolates are removed here
const INVISIBLE = /[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** Undefined for a value that JSON has no form for, and for an empty text. */
export function plainValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'string') return plainText(value) || undefined;
  if (value === null || typeof value !== 'object' || depth >= MAX_DEPTH) return undefined;
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => plainValue(item, depth + 1) ?? null);
  const entries = Object.entries(value)
    .slice(0, MAX_ITEMS)
    .map(([name, member]) => [plainText(name), plainValue(member, depth + 1)] as const);
  return Object.fromEntries(entries.filter(([name, member]) => name && member !== undefined));
}

const plainText = (text: string): string =>
  Array.from(text.toWellFormed().replace(INVISIBLE, ' ')).slice(0, MAX_TEXT).join('').trim();
