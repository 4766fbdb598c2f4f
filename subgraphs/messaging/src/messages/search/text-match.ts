/**
 * Words and phrases as SQL conditions on a message `m`, answered by the documents of the text analysis (kit/src/text-analysis). Messages
 * that are not yet reindexed are matched as before (unanalysed-match.ts).
 */
// cspell:words reindexing
import type { EntityManager } from '@chat/kit/database/database';
import { compileAlternative, isStopWords, tsqueryOf, type Term } from '@chat/kit/text-analysis/text-query';
import type { Alternative } from '@chat/kit/text-analysis/typed-query';
import type { SqlPart } from '../../sql-part';
import { hasUnanalysed } from './reindex.store';
import { matchesUnanalysed, UNANALYSED_QUERY, unanalysedWords } from './unanalysed-match';

export interface TextMatch {
  /** A `tsquery` for the ranking; empty if the search has only operators. Leaves stop words out if there are other words. */
  ranking: string;
  /** A `tsquery` that every match satisfies and the index supports; undefined if an alternative has only exclusions. */
  lookup: SqlPart | undefined;
  /** A `tsquery` that every match satisfies; null if there is none. */
  scan: SqlPart;
  /** Conditions in addition to `lookup` and `scan`. */
  conditions: SqlPart[];
  /** Terms to mark in snippets. */
  terms: Term[];
}

const NO_QUERY: SqlPart = { sql: 'null::tsquery', values: [] };

export async function textMatch(em: EntityManager, alternatives: readonly Alternative[]): Promise<TextMatch> {
  const compiled = alternatives.map(compileAlternative);
  const query = tsqueryOf(compiled);
  const terms = compiled.flatMap((alternative) => alternative.terms);
  if (query === '') return { ranking: '', lookup: undefined, scan: NO_QUERY, conditions: [], terms };
  const meaningful = compiled.filter((_, i) => !isMeaningless(alternatives[i]!));
  const ranking = tsqueryOf(meaningful.length > 0 ? meaningful : compiled);
  const isLookup = compiled.every((alternative) => alternative.terms.length > 0);
  const own: SqlPart = { sql: '?::tsquery', values: [query] };
  if (!(await hasUnanalysed(em)))
    return { ranking, lookup: isLookup ? own : undefined, scan: own, conditions: [], terms };
  const words = unanalysedWords(alternatives);
  const old = matchesUnanalysed(alternatives);
  return {
    ranking,
    lookup: isLookup && words !== undefined ? anyOf(own, { sql: UNANALYSED_QUERY, values: [words, words] }) : undefined,
    scan: NO_QUERY,
    conditions: [
      {
        sql: `case when m.analysis > 0 then m.document @@ ${own.sql} else ${old.sql} end`,
        values: [...own.values, ...old.values],
      },
    ],
    terms,
  };
}

const isMeaningless = ({ words, phrases }: Alternative) => phrases.length === 0 && isStopWords(words);

const anyOf = (a: SqlPart, b: SqlPart): SqlPart => ({
  sql: `(${a.sql} || ${b.sql})`,
  values: [...a.values, ...b.values],
});
