/**
 * Finds matching messages with an effort that does not grow with the history. Rare words use the full-text index. Frequent words,
 * exclusions alone and searches without words would visit millions of messages, so these scan only the newest messages.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { SqlPart } from '../../sql-part';
import type { SearchFilters } from './search-filters';
import type { TextMatch } from './text-match';

/** If PostgreSQL expects more matches than this, the index is not used. */
export const MAX_INDEXED = 10_000;
/** The number of newest messages to scan without the index. */
export const MAX_WALKED = 10_000;
/** The number of an author's newest messages to scan first. */
const FIRST_WALKED = 2_500;
/** Ranks only the newest matches, because ranking every match of a frequent word costs much and helps little. */
export const MAX_CANDIDATES = 1000;

const IN_PLACE: SqlPart = { sql: 'm.channel_id in (select id from place)', values: [] };
/** A list of ids, possibly empty. */
const IDS = 'array[?]::text[]::uuid[]';

/** @returns a select of `id`s for a statement with a CTE `place` that holds the ids of the searched channels. */
export async function matching(em: EntityManager, words: TextMatch, filters: SearchFilters): Promise<SqlPart> {
  const others = [...times(filters), ...words.conditions, ...filters.conditions];
  if (words.lookup && !(await isFrequent(em, words.lookup))) return indexed(words.lookup, filters, others);
  return filters.authorIds
    ? walkAuthors(words.walk, filters.authorIds, filters, others)
    : walkChannels(words.walk, filters, others);
}

/** Estimated from PostgreSQL's statistics on lexemes. */
async function isFrequent(em: EntityManager, lookup: SqlPart): Promise<boolean> {
  const [row] = await em.execute<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }[]>(
    `explain (format json) select 1 from messaging.messages m where m.deleted_at is null and m.document @@ ${lookup.sql}`,
    lookup.values,
  );
  return row!['QUERY PLAN'][0].Plan['Plan Rows'] > MAX_INDEXED;
}

/** Matches the rare words first (`offset 0` is an optimisation fence), then the other conditions. */
function indexed(words: SqlPart, { authorIds }: SearchFilters, others: readonly SqlPart[]): SqlPart {
  const rest = join([
    IN_PLACE,
    ...(authorIds ? [{ sql: `m.author_id = any(${IDS})`, values: [authorIds] }] : []),
    ...others,
  ]);
  return {
    sql: `select m.id from (
        select * from messaging.messages m where m.deleted_at is null and m.document @@ ${words.sql} offset 0) m
      where ${rest.sql}`,
    values: [...words.values, ...rest.values],
  };
}

/** Scans the newest messages of each channel; the more channels, the fewer of each. */
function walkChannels(words: SqlPart, { before, after }: SearchFilters, others: readonly SqlPart[]): SqlPart {
  const rest = join(others);
  return {
    sql: `select m.id from messaging.walk_channels(
        array(select id from place), ${words.sql}, ?::timestamptz, ?::timestamptz, ${MAX_WALKED}) m
      where ${rest.sql}`,
    values: [...words.values, before ?? null, after ?? null, ...rest.values],
  };
}

/**
 * Scans the newest messages of each author in all channels. They lie far apart on disk, so a few are scanned first: for a single author,
 * these are enough if they have all candidates.
 */
function walkAuthors(
  words: SqlPart,
  authorIds: readonly string[],
  filters: SearchFilters,
  others: readonly SqlPart[],
): SqlPart {
  const all = walkNewest(words, authorIds, filters, others, MAX_WALKED);
  if (authorIds.length !== 1) return all;
  const few = walkNewest(words, authorIds, filters, others, FIRST_WALKED);
  const areEnough = `(select count(*) from few) >= ${MAX_CANDIDATES}`;
  return {
    sql: `with few as materialized (${few.sql})
      select id from few where ${areEnough} union all ${all.sql} and not ${areEnough}`,
    values: [...few.values, ...all.values],
  };
}

function walkNewest(
  words: SqlPart,
  authorIds: readonly string[],
  { before, after }: SearchFilters,
  others: readonly SqlPart[],
  most: number,
): SqlPart {
  const rest = join([IN_PLACE, ...others]);
  return {
    sql: `select m.id from messaging.walk_authors(${IDS}, ${words.sql}, ?::uuid, ?::uuid, ${most}) m
      where ${rest.sql}`,
    values: [
      authorIds,
      ...words.values,
      before ? firstIdAt(before.getTime()) : null,
      // An id is generated shortly before its message is stored; a minute is a safe margin.
      after ? firstIdAt(after.getTime() - 60_000) : null,
      ...rest.values,
    ],
  };
}

const times = ({ before, after }: SearchFilters): SqlPart[] => [
  ...(before ? [{ sql: 'm.created_at < ?', values: [before] }] : []),
  ...(after ? [{ sql: 'm.created_at >= ?', values: [after] }] : []),
];

/** The smallest UUIDv7 of a time in milliseconds since 1970. */
function firstIdAt(time: number): string {
  const hex = Math.max(0, time).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

const join = (parts: readonly SqlPart[]): SqlPart => ({
  sql: parts.map(({ sql }) => sql).join(' and ') || 'true',
  values: parts.flatMap(({ values }) => values),
});
