/** Filters of a search: author, channel, time and content. Holds no words. */
import type { EntityManager } from '@chat/kit/database/database';
import { nameKey, resolveNames } from '@chat/identity-client/directory/directory';
import { badUserInput } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import type { SqlPart } from '../../sql-part';
import type { SearchQuery } from './search-query';

export interface SearchFilters {
  /** A `where` clause over ids of channels; empty for all channels. */
  channels: SqlPart;
  /** Ids of possible authors; undefined for any author. */
  authorIds: string[] | undefined;
  before: Date | undefined;
  after: Date | undefined;
  /** Further conditions on the alias `m`. */
  conditions: SqlPart[];
}

/** @throws BAD_USER_INPUT if `channelId` is not an id. */
export async function readFilters(
  em: EntityManager,
  search: SearchQuery,
  channelId: string | null | undefined,
): Promise<SearchFilters> {
  if (channelId != null && !isId(channelId)) throw badUserInput({ channelId: 'channelId must be an id.' });
  const conditions: SqlPart[] = [];
  if (search.hasLink) conditions.push({ sql: `m.body ~* 'https\\?://'`, values: [] });
  if (search.hasFile) conditions.push({ sql: 'false', values: [] }); // there is no file storage yet
  return {
    channels: channelsOf(search, channelId),
    authorIds: search.from.length > 0 ? await authorsOf(em, search.from) : undefined,
    before: search.before,
    after: search.after,
    conditions,
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

async function authorsOf(em: EntityManager, from: readonly string[]): Promise<string[]> {
  const names = await resolveNames(em, from.filter((name) => !isId(name)).map(nameKey));
  return [...new Set(from.flatMap((name) => (isId(name) ? [name] : (names.get(nameKey(name))?.userIds ?? []))))];
}
