/**
 * Full-text search over the messages that a viewer may read: German and English stems alike, best match first, then newest.
 * What the viewer may read is part of the statement itself, so that nothing else can appear in a count, a snippet or a page.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { nameKey, resolveNames } from '@chat/kit/directory/directory';
import { badUserInput } from '@chat/kit/errors';
import { pageRequest, toConnection, type PageArguments } from '@chat/kit/graphql/connection';
import { isId } from '@chat/kit/ids';
import { isGrantedChannel } from '../channels/channel.grants';
import { MESSAGE_COLUMNS, toMessage, type MessageEntity, type MessageRow } from '../messages/message.entity';
import { parseSearch, type SearchQuery } from './search-query';
import { snippetOf, START, STOP } from './snippet';
import { textMatch, type SqlPart } from './text-match';

/** Of so many newest matches the best are found; ranking the rest of a word that is everywhere would help nobody. */
const MAX_CANDIDATES = 1000;
const LIST = 'searchMessages';
const INDEXED: SqlPart = { sql: 'messaging.search_document(m.body) @@ (q.german || q.english)', values: [] };

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
  if (page.last != null || page.before != null) throw badUserInput({ last: 'Search results are paged forward only.' });
  const request = pageRequest(LIST, page);
  const [rank, id] = request.from ?? [];
  if (request.from && (typeof rank !== 'number' || !isId(id)))
    throw badUserInput({ after: 'after is not a cursor of this list.' });
  const isGranted = isGrantedChannel(viewerId, granted);
  const { text, conditions } = textMatch(search.alternatives);
  const condition = await conditionOf(em, search, channelId, [...(text === '' ? [] : [INDEXED]), ...conditions]);
  // With words the full-text index comes first, however tempting it is to walk back through all messages; without them it is the way.
  const rows = await em.execute<SearchRow[]>(
    `with q as (select websearch_to_tsquery('german', ?) as german, websearch_to_tsquery('english', ?) as english),
     visible as (
       select channel_id as id from messaging.members where user_id = ? and state = 'JOINED'
       union
       select c.id from messaging.channels c where c.type = 'PUBLIC' and not exists (
         select 1 from messaging.members b where b.channel_id = c.id and b.user_id = ? and b.state = 'BANNED')
       union
       select c.id from messaging.channels c where ${isGranted.sql}),
     matching as ${text === '' ? 'not materialized' : 'materialized'} (
       select m.id from messaging.messages m, q
       where m.channel_id in (select id from visible) and m.deleted_at is null${condition.sql}),
     candidate as (
       select id, m.body from matching join messaging.messages m using (id) order by id desc limit ${MAX_CANDIDATES}),
     ranked as (
       select c.id, round(1000000 * ts_rank_cd(messaging.search_document(c.body), q.german || q.english))::bigint as rank
       from candidate c, q),
     page as (
       select id, rank from ranked ${request.from ? 'where (rank, id) < (?, ?::uuid)' : ''} order by rank desc, id desc limit ?)
     select ${MESSAGE_COLUMNS}, page.rank, ts_headline(
       case when to_tsvector('english', m.body) @@ q.english then 'english' else 'german' end::regconfig,
       translate(m.body, ?, ''), q.german || q.english,
       'StartSel=${START}, StopSel=${STOP}, MaxFragments=2, MaxWords=24, MinWords=8, FragmentDelimiter=" … "') as headline
     from page join messaging.messages m using (id), q order by page.rank desc, m.id desc`,
    [
      text,
      text,
      viewerId,
      viewerId,
      ...isGranted.values,
      ...condition.values,
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

async function conditionOf(
  em: EntityManager,
  search: SearchQuery,
  channelId: string | null | undefined,
  ofText: readonly SqlPart[],
): Promise<SqlPart> {
  if (channelId != null && !isId(channelId)) throw badUserInput({ channelId: 'channelId must be an id.' });
  const names = await resolveNames(em, search.from.filter((name) => !isId(name)).map(nameKey));
  const authors = search.from.flatMap((name) => (isId(name) ? [name] : (names.get(nameKey(name))?.userIds ?? [])));
  const channels = search.in.map((name) => name.toLowerCase());
  const conditions: [sql: string, ...values: unknown[]][] = ofText.map(({ sql, values }) => [sql, ...values]);
  if (channelId != null) conditions.push(['m.channel_id = ?', channelId]);
  if (search.from.length > 0) conditions.push(authors.length > 0 ? ['m.author_id in (?)', authors] : ['false']);
  if (channels.length > 0)
    conditions.push([
      'm.channel_id in (select id from messaging.channels where id::text in (?) or lower(name) in (?))',
      channels,
      channels,
    ]);
  if (search.before) conditions.push(['m.created_at < ?', search.before]);
  if (search.after) conditions.push(['m.created_at >= ?', search.after]);
  if (search.hasLink) conditions.push([`m.body ~* 'https\\?://'`]);
  if (search.hasFile) conditions.push(['false']); // no message has one as long as nothing keeps files
  return {
    sql: conditions.map(([sql]) => ` and ${sql}`).join(''),
    values: conditions.flatMap(([, ...values]) => values),
  };
}
