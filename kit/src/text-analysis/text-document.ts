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

export function textDocument(text: string): string {
  const lexemes = new Map<string, Map<number, Weight>>();
  const add = (lexeme: string, position: number, weight: Weight) => {
    if (lexeme === '' || position > MAX_POSITION) return;
    let positions = lexemes.get(lexeme);
    if (!positions) lexemes.set(lexeme, (positions = new Map<number, Weight>()));
    if (positions.size < MAX_POSITIONS && !(weight > (positions.get(position) ?? weight)))
      positions.set(position, weight);
  };
  for (const { position, lastPosition, word } of tokenise(text)) {
    for (const [lexeme, weight] of word.lexemes) {
      add(lexeme, position, weight);
      if (lastPosition !== position) add(lexeme, lastPosition, weight);
    }
  }
  let document = '';
  for (const [lexeme, positions] of lexemes)
    document += `${quoted(lexeme)}:${[...positions].map(([position, weight]) => `${position}${weight}`).join(',')} `;
  return document.trimEnd();
}

/** A lexeme in the input syntax of `tsvector` and `tsquery`. */
export const quoted = (lexeme: string): string => `'${lexeme.replace(/['\\]/g, '$&$&')}'`;
