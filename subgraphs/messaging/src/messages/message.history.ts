/** Pages through messages in the order they were sent, in both directions. One statement a page, along an index. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import { pageRequest, toConnection, type Connection, type PageArguments } from '@chat/kit/graphql/connection';
import { MESSAGE_COLUMNS, toMessage, type MessageEntity, type MessageRow } from './message.entity';

/** The messages of a channel, replies included. */
export const listMessages = (em: EntityManager, channelId: string, page: PageArguments) =>
  list(em, `messages:${channelId}`, 'channel_id', channelId, page);

/** The replies to a message. */
export const listReplies = (em: EntityManager, parentId: string, page: PageArguments) =>
  list(em, `replies:${parentId}`, 'parent_id', parentId, page);

async function list(
  em: EntityManager,
  name: string,
  column: 'channel_id' | 'parent_id',
  id: string,
  page: PageArguments,
): Promise<Connection<MessageEntity>> {
  const request = pageRequest(name, page);
  const [seq] = request.from ?? [];
  if (request.from && typeof seq !== 'number')
    throw badUserInput({ [request.isBackward ? 'before' : 'after']: 'That is not a cursor of this list.' });
  const [comparison, direction] = request.isBackward ? ['<', 'desc'] : ['>', 'asc'];
  const rows = await em.execute<MessageRow[]>(
    `select ${MESSAGE_COLUMNS} from messaging.messages m
     where m.${column} = ?${request.from ? ` and m.seq ${comparison} ?` : ''} order by m.seq ${direction} limit ?`,
    [id, ...(request.from ?? []), request.limit],
  );
  return toConnection(name, request, rows, (row) => [Number(row.seq)], toMessage);
}
