/**
 * Full-text search over the messages that a viewer may read, in German and English, best match first, then newest. The statement itself
 * contains the access check, so no count, snippet or page can leak another message.
 */
import type { EntityManager } from '@chat/kit/database/database';
import {
  foreignCursor,
  pageRequest,
  toConnection,
  type PageArguments,
  type PageRequest,
} from '@chat/kit/graphql/connection';
import { isId } from '@chat/kit/ids';
import { isGrantedChannel } from '../../channels/channel.grants';
import type { SqlPart } from '../../sql-part';
import { MESSAGE_COLUMNS, toMessage, type MessageEntity, type MessageRow } from '../message.entity';
import type { TextReader } from '../formatting/text.reader';
import { readFilters, type SearchFilters } from './search-filters';
import { matching, MAX_CANDIDATES } from './search-matching';
import { parseSearch, unknownOperators } from './search-query';
import { snippetOf } from './snippet';
import { textMatch, type TextMatch } from './text-match';

const LIST = 'searchMessages';

export interface SearchResultEntity {
  message: MessageEntity;
  snippet: string;
}

export interface SearchArguments extends PageArguments {
  query: string;
  channelId?: string | null;
}

type SearchRow = MessageRow & { rank: string };

/**
 * @param granted ids of channels that a grant lets the viewer read; `*` for all
 * @throws BAD_USER_INPUT if the query is invalid.
 */
export async function searchMessages(
  em: EntityManager,
  texts: TextReader,
  viewerId: string,
  granted: readonly string[],
  { query, channelId, ...page }: SearchArguments,
) {
  const search = parseSearch(query);
  const request = pageRequest(LIST, page, 2);
  const [rank, id] = request.from ?? [];
  if (request.from && (typeof rank !== 'number' || !isId(id))) throw foreignCursor(request);
  const readable = readableChannels(viewerId, isGrantedChannel(viewerId, granted));
  const [filters, words] = await Promise.all([
    readFilters(em, search, channelId, readable),
    textMatch(em, search.alternatives),
  ]);
  const rows = search.isVoid ? [] : await bestMatches(em, words, filters, readable, request);
  const snippets = await Promise.all(
    rows.map(async ({ id, body }) => [id, snippetOf(await texts.excerpt(body, words.terms))] as const),
  );
  const snippetById = new Map(snippets);
  const results = toConnection<SearchRow, SearchResultEntity>(
    LIST,
    request,
    rows,
    (row) => [Number(row.rank), row.id],
    (row) => ({ message: toMessage(row), snippet: snippetById.get(row.id)! }),
  );
  return { ...results, warnings: [...unknownOperators(query), ...filters.warnings] };
}

/** The ids of the channels that the viewer may read. */
const readableChannels = (viewerId: string, isGranted: SqlPart): SqlPart => ({
  sql: `select channel_id as id from messaging.members where user_id = ? and state = 'JOINED'
       union
       select c.id from messaging.channels c where c.type = 'PUBLIC' and not exists (
         select 1 from messaging.members b where b.channel_id = c.id and b.user_id = ? and b.state = 'BANNED')
       union
       select c.id from messaging.channels c where ${isGranted.sql}`,
  values: [viewerId, viewerId, ...isGranted.values],
});

async function bestMatches(
  em: EntityManager,
  words: TextMatch,
  filters: SearchFilters,
  readable: SqlPart,
  { isBackward, from, limit }: PageRequest,
): Promise<SearchRow[]> {
  const found = await matching(em, words, filters);
  const [beyond, direction] = isBackward ? ['>', 'asc'] : ['<', 'desc'];
  return em.execute<SearchRow[]>(
    `with readable as (
       ${readable.sql}),
     place as materialized (select id from readable${filters.channels.sql}),
     matching as materialized (${found.sql}),
     candidate as (select id, document from matching order by id desc limit ${MAX_CANDIDATES}),
     ranked as (select id, round(1000000 * ts_rank_cd(document, ?::tsquery))::bigint as rank from candidate),
     page as (
       select id, rank from ranked ${from ? `where (rank, id) ${beyond} (?, ?::uuid)` : ''}
       order by rank ${direction}, id ${direction} limit ?)
     select ${MESSAGE_COLUMNS}, page.rank from page join messaging.messages m using (id)
     order by page.rank ${direction}, m.id ${direction}`,
    [...readable.values, ...filters.channels.values, ...found.values, words.ranking, ...(from ?? []), limit],
  );
}
