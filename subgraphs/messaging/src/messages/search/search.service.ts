/**
 * Full-text search over the messages that a viewer may read: German and English stems alike, best match first, then newest.
 * What the viewer may read is part of the statement itself, so that nothing else can appear in a count, a snippet or a page.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { foreignCursor, pageRequest, toConnection, type PageArguments } from '@chat/kit/graphql/connection';
import { isId } from '@chat/kit/ids';
import { isGrantedChannel } from '../../channels/channel.grants';
import { MESSAGE_COLUMNS, toMessage, type MessageEntity, type MessageRow } from '../message.entity';
import { readFilters } from './search-filters';
import { matching } from './search-matching';
import { parseSearch } from './search-query';
import { snippetOf, START, STOP } from './snippet';
import { textMatch } from './text-match';

/** Of so many newest matches the best are found; ranking the rest of a word that is everywhere would help nobody. */
export const MAX_CANDIDATES = 1000;
const LIST = 'searchMessages';

export interface SearchResultEntity {
  message: MessageEntity;
  snippet: string;
}

export interface SearchArguments extends PageArguments {
  query: string;
  channelId?: string | null;
}

type SearchRow = MessageRow & { rank: string; headline: string };

/**
 * @param granted ids of channels that the viewer was granted to read; `*` for all
 * @throws BAD_USER_INPUT on a query that cannot be understood.
 */
export async function searchMessages(
  em: EntityManager,
  viewerId: string,
  granted: readonly string[],
  { query, channelId, ...page }: SearchArguments,
) {
  const search = parseSearch(query);
  const request = pageRequest(LIST, page, 2);
  const [rank, id] = request.from ?? [];
  if (request.from && (typeof rank !== 'number' || !isId(id))) throw foreignCursor(request);
  const [beyond, direction] = request.isBackward ? ['>', 'asc'] : ['<', 'desc'];
  const isGranted = isGrantedChannel(viewerId, granted);
  const filters = await readFilters(em, search, channelId);
  const words = await textMatch(em, search.alternatives);
  const found = await matching(em, words, filters);
  const rows = await em.execute<SearchRow[]>(
    `with q as (select websearch_to_tsquery('german', ?) as german, websearch_to_tsquery('english', ?) as english,
       websearch_to_tsquery('simple', ?) as exact),
     readable as (
       select channel_id as id from messaging.members where user_id = ? and state = 'JOINED'
       union
       select c.id from messaging.channels c where c.type = 'PUBLIC' and not exists (
         select 1 from messaging.members b where b.channel_id = c.id and b.user_id = ? and b.state = 'BANNED')
       union
       select c.id from messaging.channels c where ${isGranted.sql}),
     place as materialized (select id from readable${filters.channels.sql}),
     matching as materialized (${found.sql}),
     candidate as (select id from matching order by id desc limit ${MAX_CANDIDATES}),
     ranked as (
       select m.id, round(1000000 * ts_rank_cd(m.document, q.german || q.english))::bigint as rank
       from candidate join messaging.messages m using (id), q),
     page as (
       select id, rank from ranked ${request.from ? `where (rank, id) ${beyond} (?, ?::uuid)` : ''}
       order by rank ${direction}, id ${direction} limit ?)
     select ${MESSAGE_COLUMNS}, page.rank, ts_headline(
       case when to_tsvector('simple', m.body) @@ q.exact then 'simple' when to_tsvector('english', m.body) @@ q.english then 'english'
         else 'german' end::regconfig,
       translate(m.body, ?, ''), q.german || q.english || q.exact,
       'StartSel=${START}, StopSel=${STOP}, MaxFragments=2, MaxWords=24, MinWords=8, FragmentDelimiter=" … "') as headline
     from page join messaging.messages m using (id), q order by page.rank ${direction}, m.id ${direction}`,
    [
      words.text,
      words.text,
      words.exact,
      viewerId,
      viewerId,
      ...isGranted.values,
      ...filters.channels.values,
      ...found.values,
      ...(request.from ?? []),
      request.limit,
      START + STOP,
    ],
  );
  return toConnection<SearchRow, SearchResultEntity>(
    LIST,
    request,
    rows,
    (row) => [Number(row.rank), row.id],
    (row) => ({ message: toMessage(row), snippet: snippetOf(row.headline) }),
  );
}
