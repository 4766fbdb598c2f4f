/**
 * What was typed as words and phrases, as conditions on a message `m`. Words match in all their German and English forms, by the
 * full-text index; phrases match as they are written, which is looked at in what the index has found.
 */
import type { Alternative } from './search-query';

export interface SqlPart {
  sql: string;
  values: unknown[];
}

export interface TextMatch {
  /** For websearch_to_tsquery: what is looked up and ranked. Empty where the index is of no use. */
  text: string;
  /** What must hold beyond that. */
  conditions: SqlPart[];
}

/** Words in any of their forms; takes them twice. */
export const WORDS_QUERY = `(websearch_to_tsquery('german', ?) || websearch_to_tsquery('english', ?))`;

/** The words themselves and not a look at them elsewhere in the statement, so that PostgreSQL knows how many messages have them. */
export const hasWords = (words: string): SqlPart => ({
  sql: `m.document @@ ${WORDS_QUERY}`,
  values: [words, words],
});

/** In PostgreSQL's `simple` configuration every word counts, in the form that it has. */
const hasPhrase = (phrase: string): SqlPart => ({
  sql: `to_tsvector('simple', m.body) @@ phraseto_tsquery('simple', ?)`,
  values: [phrase],
});

const hasNot = ({ sql, values }: SqlPart): SqlPart => ({ sql: `not ${sql}`, values });

export function textMatch(alternatives: readonly Alternative[]): TextMatch {
  const isIndexed = alternatives.length > 0 && alternatives.every(({ words }) => words !== '');
  const text = isIndexed ? alternatives.map(({ words }) => words).join(' or ') : '';
  const checks = alternatives.map(checksOf);
  if (checks.every(({ length }) => length === 0)) return { text, conditions: [] };
  if (checks.length === 1) return { text, conditions: checks[0]! };
  return {
    text,
    conditions: [anyOf(alternatives.map(({ words }, i) => [...(words ? [hasWords(words)] : []), ...checks[i]!]))],
  };
}

const checksOf = ({ phrases, excludedWords, excludedPhrases }: Alternative): SqlPart[] => [
  ...phrases.map(hasPhrase),
  ...excludedPhrases.map(hasPhrase).map(hasNot),
  ...excludedWords.map(hasWords).map(hasNot),
];

const anyOf = (parts: readonly SqlPart[][]): SqlPart => ({
  sql: `(${parts.map((all) => all.map(({ sql }) => sql).join(' and ')).join(' or ')})`,
  values: parts.flat().flatMap(({ values }) => values),
});
