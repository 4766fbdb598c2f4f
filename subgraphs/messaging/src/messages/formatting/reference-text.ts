/** References to tickets, such as OPS-42: their syntax, and the search for them in a message's own words. */
import { beginsWithinWord, endsWithinWord } from './word-boundary';

export interface TicketReference {
  key: string;
  number: number;
}

const REFERENCE = /([A-Z][A-Z0-9]{1,9})-([1-9]\d{0,8})/;
const ALONE = new RegExp(`^${REFERENCE.source}$`, 'i');
const IN_TEXT = new RegExp(`(?<![A-Z0-9_-])${REFERENCE.source}(?![\\d_-])`, 'g');

/** The most references of one text that are looked up; further ones are text. */
export const MAX_REFERENCES = 50;

export const formatReference = ({ key, number }: TicketReference): string => `${key}-${number}`;

/** Undefined where the text is not exactly one reference; lower case will do here. */
export function parseReference(text: string): TicketReference | undefined {
  const [, key, number] = ALONE.exec(text.trim()) ?? [];
  return key ? { key: key.toUpperCase(), number: Number(number) } : undefined;
}

/** The references in a text, in their order and each once. Only upper-case keys, as words like utf-8 are no references. */
export function findReferences(said: string): TicketReference[] {
  const found = new Map<string, TicketReference>();
  for (const { index, 0: reference, 1: key, 2: number } of said.matchAll(IN_TEXT)) {
    if (endsWithinWord(said, index) || beginsWithinWord(said, index + reference.length)) continue;
    if (found.size === MAX_REFERENCES) break;
    found.set(reference, { key: key!, number: Number(number) });
  }
  return [...found.values()];
}
