/** The list of channels that a viewer may see. One statement, which reads at most one page. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import {
  foreignCursor,
  pageRequest,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { textProblem } from '@chat/kit/graphql/text';
import { isId } from '@chat/kit/ids';
import { isGrantedChannel } from './channel.grants';
import { CHANNEL_COLUMNS, toChannel, type ChannelEntity, type ChannelRow } from './channel.entity';

const LIST = 'channels';
const SORT_NAME = `coalesce(lower(c.name), '')`;

/** Escapes the wildcards of LIKE. */
const literally = (text: string) => text.replace(/[\\%_]/g, '\\$&');

/**
 * Public channels, the viewer's own and granted ones, sorted by name. `search` is a part of the name and ignores case.
 * @param granted ids of channels that the viewer may read by a grant; `*` for all
 */
export async function listChannels(
  em: EntityManager,
  viewerId: string,
  granted: readonly string[],
  { search, includeArchived = false, ...page }: PageArguments & { search?: string | null; includeArchived?: boolean },
): Promise<Connection<ChannelEntity>> {
  const problem = textProblem(search ?? '', { min: 0, max: 80, isSearch: true });
  if (problem) throw badUserInput({ search: `search ${problem}.` });
  const request = pageRequest(LIST, page, 2);
  const [name, id] = request.from ?? [];
  if (request.from && (typeof name !== 'string' || !isId(id))) throw foreignCursor(request);
  const order = request.isBackward ? `order by ${SORT_NAME} desc, c.id desc` : `order by ${SORT_NAME}, c.id`;
  const within = [
    ...(includeArchived ? [] : ['c.archived_at is null']),
    ...(request.from ? [`(${SORT_NAME}, c.id) ${request.isBackward ? '<' : '>'} (?, ?::uuid)`] : []),
    ...(search?.trim() ? ['lower(c.name) like ?'] : []),
  ]
    .map((condition) => ` and ${condition}`)
    .join('');
  const values = [...(request.from ?? []), ...(search?.trim() ? [`%${literally(search.trim().toLowerCase())}%`] : [])];
  const isGranted = isGrantedChannel(viewerId, granted);
  const rows = await em.execute<(ChannelRow & { sort_name: string })[]>(
    `with open as (
       select c.id from messaging.channels c where c.type = 'PUBLIC'${within}
         and not exists (select 1 from messaging.members m where m.channel_id = c.id and m.user_id = ? and m.state = 'BANNED')
       ${order} limit ?),
     own as (
       select c.id from messaging.members m join messaging.channels c on c.id = m.channel_id
       where m.user_id = ? and m.state = 'JOINED' and c.type <> 'PUBLIC'${within}
       ${order} limit ?),
     granted as (
       select c.id from messaging.channels c where ${isGranted.sql}${within}
       ${order} limit ?)
     select ${CHANNEL_COLUMNS}, ${SORT_NAME} as sort_name from messaging.channels c
     where c.id in (select id from open union select id from own union select id from granted) ${order} limit ?`,
    [
      ...values,
      viewerId,
      request.limit,
      viewerId,
      ...values,
      request.limit,
      ...isGranted.values,
      ...values,
      request.limit,
      request.limit,
    ],
  );
  return toConnection(LIST, request, rows, (row) => [row.sort_name, row.id], toChannel);
}
