/**
 * Words and phrases as conditions on a message `m`. The documents of the text analysis (kit/src/text-analysis) answer all of them.
 * As long as messages from before it wait for reindexing, those are compared as they were before (unanalysed-match.ts).
 */
// cspell:words reindexing
import type { EntityManager } from '@chat/kit/database/database';
import { compileAlternative, isStopWords, tsqueryOf, type Term } from '@chat/kit/text-analysis/text-query';
import type { Alternative } from '@chat/kit/text-analysis/typed-query';
import type { SqlPart } from '../../sql-part';
import { hasUnanalysed } from './reindex.store';
import { matchesUnanalysed, UNANALYSED_QUERY, unanalysedWords } from './unanalysed-match';

export interface TextMatch {
  /** A `tsquery` that ranks; empty if nothing was typed but operators. Words without a meaning rank nothing beside others. */
  ranking: string;
  /** A `tsquery` that every match satisfies and the index can look up; undefined if an alternative has only exclusions. */
  lookup: SqlPart | undefined;
  /** A `tsquery` that every match satisfies; null if there is none. */
  walk: SqlPart;
  /** What must hold beyond `lookup` and `walk`. */
  conditions: SqlPart[];
  /** What a text is searched for in order to mark it. */
  terms: Term[];
}

const NO_QUERY: SqlPart = { sql: 'null::tsquery', values: [] };

export async function textMatch(em: EntityManager, alternatives: readonly Alternative[]): Promise<TextMatch> {
  const compiled = alternatives.map(compileAlternative);
  const query = tsqueryOf(compiled);
  const terms = compiled.flatMap((alternative) => alternative.terms);
  if (query === '') return { ranking: '', lookup: undefined, walk: NO_QUERY, conditions: [], terms };
  const meaningful = compiled.filter((_, i) => !isMeaningless(alternatives[i]!));
  const ranking = tsqueryOf(meaningful.length > 0 ? meaningful : compiled);
  const isLookup = compiled.every((alternative) => alternative.terms.length > 0);
  const own: SqlPart = { sql: '?::tsquery', values: [query] };
  if (!(await hasUnanalysed(em)))
    return { ranking, lookup: isLookup ? own : undefined, walk: own, conditions: [], terms };
  const words = unanalysedWords(alternatives);
  const old = matchesUnanalysed(alternatives);
  return {
    ranking,
    lookup: isLookup && words !== undefined ? anyOf(own, { sql: UNANALYSED_QUERY, values: [words, words] }) : undefined,
    walk: NO_QUERY,
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
