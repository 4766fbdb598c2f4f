/** Filters of a search: author, channel, time and content. Holds no words. */
import type { EntityManager } from '@chat/kit/database/database';
import { nameKey, resolveNames, unknownAccounts } from '@chat/identity-client/directory/directory';
import { badUserInput } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import type { SqlPart } from '../../sql-part';
import { unknownAccount, unknownChannel, unknownChannelId, type SearchWarningEntity } from './search-warning';
import type { SearchQuery } from './search-query';

export interface SearchFilters {
  /** A `where` clause over ids of channels; empty for all channels. */
  channels: SqlPart;
  /** Ids of possible authors; undefined for any author. */
  authorIds: string[] | undefined;
  before: Date | undefined;
  after: Date | undefined;
  hasLink: boolean;
  hasFile: boolean;
  /** About unknown names. */
  warnings: SearchWarningEntity[];
}

/** @param readable selects the ids of channels that the viewer may read. @throws BAD_USER_INPUT if `channelId` is not an id. */
export async function readFilters(
  em: EntityManager,
  search: SearchQuery,
  channelId: string | null | undefined,
  readable: SqlPart,
): Promise<SearchFilters> {
  if (channelId != null && !isId(channelId)) throw badUserInput({ channelId: 'channelId must be an id.' });
  const authors = await authorsOf(em, search.from);
  return {
    channels: channelsOf(search, channelId),
    authorIds: search.from.length > 0 ? authors.ids : undefined,
    before: search.before,
    after: search.after,
    hasLink: search.hasLink,
    hasFile: search.hasFile,
    warnings: [...authors.warnings, ...(await unknownChannels(em, search.in, channelId, readable))],
  };
}

function channelsOf(search: SearchQuery, channelId: string | null | undefined): SqlPart {
  const ids = search.in.filter(isId);
  const names = search.in.map((name) => name.toLowerCase());
  const parts: SqlPart[] = [];
  if (channelId != null) parts.push({ sql: 'id = ?', values: [channelId] });
  if (names.length > 0)
    parts.push({
      sql: `(id in (select c.id from messaging.channels c where lower(c.name) in (?))${ids.length > 0 ? ' or id in (?)' : ''})`,
      values: [names, ...(ids.length > 0 ? [ids] : [])],
    });
  return {
    sql: parts.length > 0 ? ` where ${parts.map(({ sql }) => sql).join(' and ')}` : '',
    values: parts.flatMap(({ values }) => values),
  };
}

async function authorsOf(
  em: EntityManager,
  from: readonly string[],
): Promise<{ ids: string[]; warnings: SearchWarningEntity[] }> {
  const ids = from.filter(isId);
  const names = await resolveNames(em, from.filter((name) => !isId(name)).map(nameKey));
  const unknownIds = await unknownAccounts(em, ids);
  const isUnknown = (name: string) => (isId(name) ? unknownIds.includes(name) : !names.has(nameKey(name)));
  return {
    ids: [...new Set([...ids, ...from.flatMap((name) => names.get(nameKey(name))?.userIds ?? [])])],
    warnings: from.filter(isUnknown).map(unknownAccount),
  };
}

/** A channel that the viewer may not read is unknown, like one that does not exist. */
async function unknownChannels(
  em: EntityManager,
  asked: readonly string[],
  channelId: string | null | undefined,
  readable: SqlPart,
): Promise<SearchWarningEntity[]> {
  const ids = [...asked, ...(channelId == null ? [] : [channelId])].filter(isId).map((id) => id.toLowerCase());
  const names = asked.map((name) => name.toLowerCase());
  if (names.length === 0 && ids.length === 0) return [];
  const rows = await em.execute<{ id: string; name: string | null }[]>(
    `select c.id, lower(c.name) as name from messaging.channels c
     where (lower(c.name) = any(array[?]::text[]) or c.id = any(array[?]::text[]::uuid[])) and c.id in (${readable.sql})`,
    [names, ids, ...readable.values],
  );
  const known = new Set(rows.flatMap(({ id, name }) => [id, name]));
  const isUnknown = (name: string) => !known.has(name.toLowerCase());
  return [
    ...asked.filter(isUnknown).map(unknownChannel),
    ...(channelId != null && isUnknown(channelId) ? [unknownChannelId(channelId)] : []),
  ];
}
