/**
 * An analysed text as a `tsvector` in PostgreSQL's input syntax. The weights separate word forms from stems, so a phrase matches only as it
 * is written and an exact match ranks first. They also separate German stems from English ones. Holds no query.
 */
import { tokenise } from './tokens';
import type { Weight } from './word-forms';

/** Increment it when the same text yields other lexemes. Documents of an earlier version are then reindexed. */
export const TEXT_ANALYSIS_VERSION = 1;

/** PostgreSQL's limits: the highest position, and the number of positions per lexeme. */
const MAX_POSITION = 16_383;
const MAX_POSITIONS = 255;

/** The weights that match a form, a German stem and an English stem. A form is its own stem if a language has no other for it. */
export const FORM = 'A';
export const GERMAN = 'ABC';
export const ENGLISH = 'ABD';

/** A lexeme with its positions and their weights, in the order in which they were found. */
interface Entry {
  text: string;
  positions: number;
}

export function textDocument(text: string): string {
  const entries = new Map<string, Entry>();
  for (const { position, lastPosition, word } of tokenise(text)) {
    word.lexemes.forEach((weight, lexeme) => {
      add(entries, lexeme, position, weight);
      if (lastPosition !== position) add(entries, lexeme, lastPosition, weight);
    });
  }
  let document = '';
  for (const entry of entries.values()) document += document === '' ? entry.text : ` ${entry.text}`;
  return document;
}

/** PostgreSQL merges a position that a lexeme has twice, and keeps the weight that comes first in the alphabet. */
function add(entries: Map<string, Entry>, lexeme: string, position: number, weight: Weight): void {
  if (lexeme === '' || position > MAX_POSITION) return;
  const entry = entries.get(lexeme);
  if (!entry) entries.set(lexeme, { text: `${quoted(lexeme)}:${position}${weight}`, positions: 1 });
  else if (entry.positions++ < MAX_POSITIONS) entry.text += `,${position}${weight}`;
}

/** A lexeme in the input syntax of `tsvector` and `tsquery`. */
export const quoted = (lexeme: string): string =>
  /['\\]/.test(lexeme) ? `'${lexeme.replace(/['\\]/g, '$&$&')}'` : `'${lexeme}'`;
