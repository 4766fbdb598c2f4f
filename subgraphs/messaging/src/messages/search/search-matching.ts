/**
 * Finds matching messages with an effort that does not grow with the history. Rare words use the full-text index. Frequent words,
 * exclusions alone and searches without words would visit millions of messages, so these read only the newest messages.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { SqlPart } from '../../sql-part';
import type { SearchFilters } from './search-filters';
import type { TextMatch } from './text-match';

/** If PostgreSQL expects more matches than this, the index is not used. */
export const MAX_INDEXED = 10_000;
/** The number of newest messages to read without the index. */
export const MAX_READ = 10_000;
/** Ranks only the newest matches, because ranking every match of a frequent word costs much and helps little. */
export const MAX_CANDIDATES = 1000;

/** A list of ids, possibly empty. */
const IDS = 'array[?]::text[]::uuid[]';

/** @returns a select of `id` and `document` for a statement with a CTE `place` that holds the ids of the searched channels. */
export async function matching(em: EntityManager, words: TextMatch, filters: SearchFilters): Promise<SqlPart> {
  if (words.lookup && !(await isFrequent(em, words.lookup))) return indexed(words.lookup, filters, words.conditions);
  const found = newest(words, filters);
  if (words.conditions.length === 0) return found;
  return where(words.conditions, {
    sql: `select m.id, m.document from (${found.sql}) found join messaging.messages m using (id)`,
    values: found.values,
  });
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
function indexed(words: SqlPart, filters: SearchFilters, conditions: readonly SqlPart[]): SqlPart {
  const { authorIds, before, after, hasLink, hasFile } = filters;
  const rest: SqlPart[] = [{ sql: 'm.channel_id in (select id from place)', values: [] }, ...conditions];
  if (authorIds) rest.push({ sql: `m.author_id = any(${IDS})`, values: [authorIds] });
  if (before) rest.push({ sql: 'm.created_at < ?', values: [before] });
  if (after) rest.push({ sql: 'm.created_at >= ?', values: [after] });
  if (hasLink) rest.push({ sql: `m.body ~* 'https{0,1}://'`, values: [] });
  if (hasFile)
    rest.push({
      sql: 'exists (select from messaging.message_attachments f where f.message_id = m.id)',
      values: [],
    });
  return where(rest, {
    sql: `select m.id, m.document from (
        select * from messaging.messages m where m.deleted_at is null and m.document @@ ${words.sql} offset 0) m`,
    values: words.values,
  });
}

/** Matches among the newest messages; all of them if there are further conditions to decide. */
function newest({ scan, conditions }: TextMatch, filters: SearchFilters): SqlPart {
  const { authorIds, after, before, hasLink, hasFile } = filters;
  const mostFound = conditions.length > 0 ? MAX_READ : MAX_CANDIDATES;
  const sql = `array(select id from place), ${scan.sql}, ?, ?, ?, ?, ${MAX_READ}, ${mostFound}`;
  const values = [...scan.values, after ?? null, before ?? null, hasLink, hasFile];
  if (!authorIds) return { sql: `select id, document from messaging.search_channels(${sql})`, values };
  // An id is generated shortly before its message is stored; a minute is a safe margin.
  const leastId = after ? firstIdAt(after.getTime() - 60_000) : null;
  const endId = before ? firstIdAt(before.getTime()) : null;
  return {
    sql: `select id, document from messaging.search_authors(${IDS}, ?, ?, ${sql})`,
    values: [authorIds, leastId, endId, ...values],
  };
}

/** The smallest UUIDv7 of a time in milliseconds since 1970. */
function firstIdAt(time: number): string {
  const hex = Math.max(0, time).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

const where = (conditions: readonly SqlPart[], select: SqlPart): SqlPart => ({
  sql: `${select.sql} where ${conditions.map(({ sql }) => sql).join(' and ')}`,
  values: [...select.values, ...conditions.flatMap(({ values }) => values)],
});
