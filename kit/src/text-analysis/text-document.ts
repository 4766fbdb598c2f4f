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

/** The positions of a lexeme with their weights, in the order in which they were found. */
interface Occurrences {
  positions: number[];
  weights: Weight[];
}

export function textDocument(text: string): string {
  const lexemes = new Map<string, Occurrences>();
  for (const { position, lastPosition, word } of tokenise(text)) {
    for (const [lexeme, weight] of word.lexemes) {
      if (lexeme === '' || position > MAX_POSITION) continue;
      let found = lexemes.get(lexeme);
      if (!found) lexemes.set(lexeme, (found = { positions: [], weights: [] }));
      add(found, position, weight);
      if (lastPosition !== position) add(found, lastPosition, weight);
    }
  }
  let document = '';
  for (const [lexeme, { positions, weights }] of lexemes) {
    let separator = `${quoted(lexeme)}:`;
    for (let i = 0; i < positions.length; i++) {
      document += separator + positions[i]! + weights[i]!;
      separator = ',';
    }
    document += ' ';
  }
  return document.trimEnd();
}

function add({ positions, weights }: Occurrences, position: number, weight: Weight): void {
  if (position > MAX_POSITION || positions.length === MAX_POSITIONS) return;
  const known = position > (positions.at(-1) ?? 0) ? -1 : positions.lastIndexOf(position);
  if (known >= 0) {
    if (weight < weights[known]!) weights[known] = weight;
  } else {
    positions.push(position);
    weights.push(weight);
  }
}

/** A lexeme in the input syntax of `tsvector` and `tsquery`. */
export const quoted = (lexeme: string): string =>
  /['\\]/.test(lexeme) ? `'${lexeme.replace(/['\\]/g, '$&$&')}'` : `'${lexeme}'`;
