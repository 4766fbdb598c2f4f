/**
 * Finds the messages that match, with an effort that does not grow with the history. Words that few messages have are looked up in the
 * full-text index. Words that are everywhere or in no index, and searches without words, would lead through millions of messages: there
 * the newest ones are looked through, one after the other.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { SqlPart } from '../../sql-part';
import type { SearchFilters } from './search-filters';
import type { TextMatch } from './text-match';

/** The most messages that PostgreSQL expects to have the words, for the index to be asked. */
export const MAX_INDEXED = 10_000;
/** How many of the newest messages are looked through otherwise. */
export const MAX_WALKED = 10_000;

const IN_PLACE: SqlPart = { sql: 'm.channel_id in (select id from place)', values: [] };
/** A list of ids, which may be empty. */
const IDS = 'array[?]::text[]::uuid[]';

/** @returns a select of `id`s for a statement in which `place` has the ids of the channels that count. */
export async function matching(em: EntityManager, words: TextMatch, filters: SearchFilters): Promise<SqlPart> {
  const others = [...times(filters), ...words.conditions, ...filters.conditions];
  if (words.lookup && !(await isFrequent(em, words.lookup))) return indexed(words.lookup, filters, others);
  return filters.authorIds
    ? walkAuthors(words.walk, filters.authorIds, filters, others)
    : walkChannels(words.walk, filters, others);
}

/** By PostgreSQL's statistics of the lexemes in the documents. */
async function isFrequent(em: EntityManager, lookup: SqlPart): Promise<boolean> {
  const [row] = await em.execute<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }[]>(
    `explain (format json) select 1 from messaging.messages m where m.deleted_at is null and m.document @@ ${lookup.sql}`,
    lookup.values,
  );
  return row!['QUERY PLAN'][0].Plan['Plan Rows'] > MAX_INDEXED;
}

/** First the words (`offset 0` keeps it so), as they are what is rare; then the rest. */
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

/** The newest messages of each channel, of more channels fewer of each. */
function walkChannels(words: SqlPart, { before, after }: SearchFilters, others: readonly SqlPart[]): SqlPart {
  const rest = join(others);
  return {
    sql: `select m.id from messaging.walk_channels(
        array(select id from place), ${words.sql}, ?::timestamptz, ?::timestamptz, ${MAX_WALKED}) m
      where ${rest.sql}`,
    values: [...words.values, before ?? null, after ?? null, ...rest.values],
  };
}

/** The newest messages of each author, wherever it has written. */
function walkAuthors(
  words: SqlPart,
  authorIds: readonly string[],
  { before, after }: SearchFilters,
  others: readonly SqlPart[],
): SqlPart {
  const rest = join([IN_PLACE, ...others]);
  return {
    sql: `select m.id from messaging.walk_authors(${IDS}, ${words.sql}, ?::uuid, ?::uuid, ${MAX_WALKED}) m
      where ${rest.sql}`,
    values: [
      authorIds,
      ...words.values,
      before ? firstIdAt(before.getTime()) : null,
      // Ids are made a moment before the message is stored: a minute to spare.
      after ? firstIdAt(after.getTime() - 60_000) : null,
      ...rest.values,
    ],
  };
}

const times = ({ before, after }: SearchFilters): SqlPart[] => [
  ...(before ? [{ sql: 'm.created_at < ?', values: [before] }] : []),
  ...(after ? [{ sql: 'm.created_at >= ?', values: [after] }] : []),
];

/** The least UUIDv7 of a time, in milliseconds since 1970. */
function firstIdAt(time: number): string {
  const hex = Math.max(0, time).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

const join = (parts: readonly SqlPart[]): SqlPart => ({
  sql: parts.map(({ sql }) => sql).join(' and ') || 'true',
  values: parts.flatMap(({ values }) => values),
});
