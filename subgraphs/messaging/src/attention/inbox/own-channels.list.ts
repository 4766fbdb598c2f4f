/** The channels of an account by activity. One statement, which visits each of the account's channels once. */
import type { EntityManager } from '@chat/kit/database/database';
import {
  foreignCursor,
  pageRequest,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { isId } from '@chat/kit/ids';
import { CHANNEL_COLUMNS, toChannel, type ChannelEntity, type ChannelRow } from '../../channels/channel.entity';

const LIST = 'ownChannels';
/** Microseconds since 1970. */
const ACTIVITY = '(extract(epoch from c.last_activity_at) * 1000000)::bigint';

/** The latest activity first. */
export async function listOwnChannels(
  em: EntityManager,
  userId: string,
  { includeArchived, ...page }: PageArguments & { includeArchived: boolean },
): Promise<Connection<ChannelEntity>> {
  const request = pageRequest(LIST, page, 2);
  const [at, id] = request.from ?? [];
  if (request.from && (typeof at !== 'number' || !isId(id))) throw foreignCursor(request);
  const [beyond, direction] = request.isBackward ? ['>', 'asc'] : ['<', 'desc'];
  const rows = await em.execute<(ChannelRow & { activity: string })[]>(
    `with page as (
       select c.id, ${ACTIVITY} as activity from messaging.members m join messaging.channels c on c.id = m.channel_id
       where m.user_id = ? and m.state = 'JOINED'${includeArchived ? '' : ' and c.archived_at is null'}
         ${request.from ? `and (${ACTIVITY}, c.id) ${beyond} (?::bigint, ?::uuid)` : ''}
       order by 2 ${direction}, 1 ${direction} limit ?)
     select ${CHANNEL_COLUMNS}, page.activity from page join messaging.channels c on c.id = page.id
     order by page.activity ${direction}, c.id ${direction}`,
    [userId, ...(request.from ?? []), request.limit],
  );
  return toConnection(LIST, request, rows, (row) => [Number(row.activity), row.id], toChannel);
}
