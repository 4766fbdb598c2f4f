/**
 * Matches messages from before the text analysis that are not yet reindexed; PostgreSQL's own analysis created their documents. Does not
 * apply to other messages.
 */
// cspell:words reindexing
import { hasTokens, isStopWords } from '@chat/kit/text-analysis/text-query';
import type { Alternative } from '@chat/kit/text-analysis/typed-query';
import type { SqlPart } from '../../sql-part';

/** Words in any form; has two parameters, both the words. */
export const UNANALYSED_QUERY = `(websearch_to_tsquery('german', ?) || websearch_to_tsquery('english', ?))`;

/** The parameter of {@link UNANALYSED_QUERY}; undefined if the index lacks the words. */
export function unanalysedWords(alternatives: readonly Alternative[]): string | undefined {
  if (alternatives.some(({ words, phrases }) => isStopWords([...words, ...phrases]))) return undefined;
  return alternatives.map(wordsOf).filter(hasTokens).join(' or ');
}

export function matchesUnanalysed(alternatives: readonly Alternative[]): SqlPart {
  const parts = alternatives.map((alternative) => {
    const words = wordsOf(alternative);
    return all([
      ...(words === '' ? [] : [hasWords(words)]),
      ...alternative.phrases.map(hasPhrase),
      ...alternative.excludedWords.map((word) => not(hasWords(word))),
      ...alternative.excludedPhrases.map((phrase) => not(hasPhrase(phrase))),
    ]);
  });
  return { sql: `(${parts.map(({ sql }) => sql).join(' or ')})`, values: parts.flatMap(({ values }) => values) };
}

const wordsOf = ({ words, phrases }: Alternative): string =>
  [...words, ...phrases.map((phrase) => `"${phrase}"`)].join(' ');

/** Documents have no stop words, so a search for those uses the `simple` configuration. */
const hasWords = (words: string): SqlPart => ({
  sql: `case when numnode(${UNANALYSED_QUERY}) > 0 then m.document @@ ${UNANALYSED_QUERY}
    else to_tsvector('simple', m.body) @@ websearch_to_tsquery('simple', ?) end`,
  values: Array<string>(5).fill(words),
});

const hasPhrase = (phrase: string): SqlPart => ({
  sql: `to_tsvector('simple', m.body) @@ phraseto_tsquery('simple', ?)`,
  values: [phrase],
});

const not = ({ sql, values }: SqlPart): SqlPart => ({ sql: `not (${sql})`, values });

const all = (parts: readonly SqlPart[]): SqlPart => ({
  sql: `(${parts.map(({ sql }) => sql).join(' and ') || 'true'})`,
  values: parts.flatMap(({ values }) => values),
});
