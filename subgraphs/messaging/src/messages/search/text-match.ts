/**
 * What was typed as words and phrases, as conditions on a message `m`. Words match in all their German and English forms, by the
 * full-text index; phrases match as they are written, which is looked at in what the index has found.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { SqlPart } from '../../sql-part';
import type { Alternative } from './search-query';

export interface TextMatch {
  /** For websearch_to_tsquery: what is looked up and ranked. Empty where the index is of no use. */
  text: string;
  /** For the same, of words that say nothing in either language: no index has them. Empty where there are others in each alternative. */
  exact: string;
  /** What must hold beyond `text`; where there is `exact`, all that must hold. */
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
const hasExactly = (words: string): SqlPart => ({
  sql: `to_tsvector('simple', m.body) @@ websearch_to_tsquery('simple', ?)`,
  values: [words],
});

const hasPhrase = (phrase: string): SqlPart => ({
  sql: `to_tsvector('simple', m.body) @@ phraseto_tsquery('simple', ?)`,
  values: [phrase],
});

const hasNoPhrase = (phrase: string): SqlPart => not(hasPhrase(phrase));

/** Those that say nothing as they are written, others in any of their forms. */
const hasNoWords = (words: string): SqlPart => {
  const [any, exact] = [hasWords(words), hasExactly(words)];
  return not({
    sql: `case when numnode(${WORDS_QUERY}) > 0 then ${any.sql} else ${exact.sql} end`,
    values: [words, words, ...any.values, ...exact.values],
  });
};

const not = ({ sql, values }: SqlPart): SqlPart => ({ sql: `not (${sql})`, values });

export async function textMatch(em: EntityManager, alternatives: readonly Alternative[]): Promise<TextMatch> {
  const isExact = await sayNothing(em, alternatives);
  const isAboutWords = alternatives.length > 0 && alternatives.every(({ words }) => words !== '');
  const joined = (which: boolean) =>
    isAboutWords ? alternatives.flatMap(({ words }, i) => (isExact[i] === which ? words : [])).join(' or ') : '';
  const [text, exact] = [joined(false), joined(true)];
  const checks = alternatives.map(checksOf);
  if (exact === '' && checks.every(({ length }) => length === 0)) return { text, exact, conditions: [] };
  if (exact === '' && checks.length === 1) return { text, exact, conditions: checks[0]! };
  const has = (words: string, i: number) => (words === '' ? [] : [isExact[i] ? hasExactly(words) : hasWords(words)]);
  return { text, exact, conditions: [anyOf(alternatives.map(({ words }, i) => [...has(words, i), ...checks[i]!]))] };
}

/** Of which alternatives the words leave nothing to look for in German and English; not of those that have none. */
async function sayNothing(em: EntityManager, alternatives: readonly Alternative[]): Promise<boolean[]> {
  if (alternatives.length === 0) return [];
  const rows = await em.execute<{ says_nothing: boolean }[]>(
    `select words <> '' and numnode(websearch_to_tsquery('german', words) || websearch_to_tsquery('english', words)) = 0 as says_nothing
     from jsonb_array_elements_text(?::jsonb) with ordinality as a (words, ord) order by ord`,
    [JSON.stringify(alternatives.map(({ words }) => words))],
  );
  return rows.map((row) => row.says_nothing);
}

const checksOf = ({ phrases, excludedWords, excludedPhrases }: Alternative): SqlPart[] => [
  ...phrases.map(hasPhrase),
  ...excludedPhrases.map(hasNoPhrase),
  ...excludedWords.map(hasNoWords),
];

const anyOf = (parts: readonly SqlPart[][]): SqlPart => ({
  sql: `(${parts.map((all) => all.map(({ sql }) => sql).join(' and ')).join(' or ')})`,
  values: parts.flat().flatMap(({ values }) => values),
});
