/**
 * An analysed text as PostgreSQL keeps it: a `tsvector` in its input syntax. Its weights tell forms from stems, so that a phrase matches
 * as it is written, and an exact match ranks first; and stems of one language from those of the other. Holds no query.
 */
import { tokenise } from './tokens';
import type { Weight } from './word-forms';

/** Goes up when the same text yields other lexemes. Stored documents of an earlier version have to be made again. */
export const TEXT_ANALYSIS_VERSION = 1;

/** PostgreSQL's limits: the highest position, and how many positions it keeps of a lexeme. */
const MAX_POSITION = 16_383;
const MAX_POSITIONS = 255;

/** As whose stem it counts, by its weight: a form is its own stem in each language that it has no other in. */
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
