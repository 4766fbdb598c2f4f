/** The mentions of an account, along an index. */
import type { EntityManager } from '@chat/kit/database/database';
import {
  foreignCursor,
  pageRequest,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { isId } from '@chat/kit/ids';
import { MESSAGE_COLUMNS, toMessage, type MessageEntity, type MessageRow } from '../../messages/message.entity';

const LIST = 'mentions';

interface MentionEntity {
  message: MessageEntity;
  isUnread: boolean;
}

/** The newest message first, in channels of which the account is a member. */
export async function listMentions(
  em: EntityManager,
  userId: string,
  page: PageArguments,
): Promise<Connection<MentionEntity>> {
  const request = pageRequest(LIST, page);
  const [from] = request.from ?? [];
  if (request.from && !isId(from)) throw foreignCursor(request);
  const [beyond, direction] = request.isBackward ? ['>', 'asc'] : ['<', 'desc'];
  const rows = await em.execute<(MessageRow & { is_unread: boolean })[]>(
    `select ${MESSAGE_COLUMNS}, a.seq > r.read_seq as is_unread
     from messaging.mentions a
     join messaging.members r on r.channel_id = a.channel_id and r.user_id = a.user_id and r.state = 'JOINED'
     join messaging.messages m on m.id = a.message_id
     where a.user_id = ? and not a.is_withdrawn${request.from ? ` and a.message_id ${beyond} ?` : ''}
     order by a.message_id ${direction} limit ?`,
    [userId, ...(request.from ?? []), request.limit],
  );
  return toConnection(
    LIST,
    request,
    rows,
    (row) => [row.id],
    (row) => ({ message: toMessage(row), isUnread: row.is_unread }),
  );
}
