/**
 * Finds the messages that match, with an effort that does not grow with the history. Words that few messages have are looked up in the
 * full-text index. Words that are everywhere, and searches without words, would lead through millions of messages: there the newest
 * ones are looked through, one after the other.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { SearchFilters } from './search-filters';
import { hasWords, type SqlPart, type TextMatch } from './text-match';

/** The most messages that PostgreSQL expects to have the words, for the index to be asked. */
export const MAX_INDEXED = 10_000;
/** How many of the newest messages are looked through otherwise. */
export const MAX_WALKED = 20_000;

/** @returns a select of `id`s for a statement in which `place` has the ids of the channels that count. */
export async function matching(
  em: EntityManager,
  { text, conditions }: TextMatch,
  filters: SearchFilters,
): Promise<SqlPart> {
  const isIndexed = text !== '' && !(await isFrequent(em, text));
  const others = [...conditions, ...filters.conditions];
  if (isIndexed) return indexed(text, filters, others);
  const rest = join([...(text === '' ? [] : [hasWords(text)]), { sql: 'm.deleted_at is null', values: [] }, ...others]);
  return filters.authorIds ? walkAuthors(filters.authorIds, filters, rest) : walkChannels(filters, rest);
}

/** As the statistics say that PostgreSQL keeps of the words. */
async function isFrequent(em: EntityManager, text: string): Promise<boolean> {
  const { sql, values } = hasWords(text);
  const [row] = await em.execute<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }[]>(
    `explain (format json) select 1 from messaging.messages m where m.deleted_at is null and ${sql}`,
    values,
  );
  return row!['QUERY PLAN'][0].Plan['Plan Rows'] > MAX_INDEXED;
}

/** First the words (`offset 0` keeps it so), as they are what is rare; then the rest. */
function indexed(text: string, filters: SearchFilters, others: readonly SqlPart[]): SqlPart {
  const words = hasWords(text);
  const rest = join([
    { sql: 'm.channel_id in (select id from place)', values: [] },
    ...(filters.authorIds ? [{ sql: 'm.author_id = any(array[?]::text[]::uuid[])', values: [filters.authorIds] }] : []),
    ...times(filters),
    ...others,
  ]);
  return {
    sql: `select m.id from (
        select * from messaging.messages m where m.deleted_at is null and ${words.sql} offset 0) m
      where ${rest.sql}`,
    values: [...words.values, ...rest.values],
  };
}

/** The newest messages of each channel, of more channels fewer of each. */
function walkChannels(filters: SearchFilters, rest: SqlPart): SqlPart {
  const within = join([{ sql: 'm.channel_id = place.id', values: [] }, ...times(filters)]);
  return {
    sql: `select m.id from place cross join lateral (
        select * from messaging.messages m where ${within.sql} order by m.created_at desc
        limit (select greatest(1, ${MAX_WALKED} / count(*)) from place)) m
      where ${rest.sql}`,
    values: [...within.values, ...rest.values],
  };
}

/** The newest messages of each author. */
function walkAuthors(authorIds: readonly string[], filters: SearchFilters, rest: SqlPart): SqlPart {
  const ids = join([{ sql: 'm.author_id = author.id', values: [] }, ...idTimes(filters)]);
  const all = join([{ sql: 'm.channel_id in (select id from place)', values: [] }, ...times(filters), rest]);
  return {
    sql: `select m.id from unnest(array[?]::text[]::uuid[]) as author (id) cross join lateral (
        select * from messaging.messages m where ${ids.sql} order by m.id desc
        limit ${Math.floor(MAX_WALKED / Math.max(1, authorIds.length))}) m
      where ${all.sql}`,
    values: [authorIds, ...ids.values, ...all.values],
  };
}

const times = ({ before, after }: SearchFilters): SqlPart[] => [
  ...(before ? [{ sql: 'm.created_at < ?', values: [before] }] : []),
  ...(after ? [{ sql: 'm.created_at >= ?', values: [after] }] : []),
];

/** The same by what ids begin with, as they are made a moment before the message is stored: a minute to spare. */
const idTimes = ({ before, after }: SearchFilters): SqlPart[] => [
  ...(before ? [{ sql: 'm.id < ?', values: [firstIdAt(before.getTime())] }] : []),
  ...(after ? [{ sql: 'm.id >= ?', values: [firstIdAt(after.getTime() - 60_000)] }] : []),
];

/** The least UUIDv7 of a time, in milliseconds since 1970. */
function firstIdAt(time: number): string {
  const hex = Math.max(0, time).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

const join = (parts: readonly SqlPart[]): SqlPart => ({
  sql: parts.map(({ sql }) => sql).join(' and '),
  values: parts.flatMap(({ values }) => values),
});
