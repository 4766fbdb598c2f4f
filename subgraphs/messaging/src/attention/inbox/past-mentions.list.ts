/** The mentions of an account, along indexes: its own, and those of everybody in its channels. */
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
  const part = `${request.from ? ` and a.message_id ${beyond} ?` : ''} order by a.message_id ${direction} limit ?`;
  const place = [...(request.from ?? []), request.limit];
  const rows = await em.execute<(MessageRow & { is_unread: boolean })[]>(
    `with own as (
       select a.message_id, a.seq > r.read_seq as is_unread from messaging.mentions a
       join messaging.members r on r.channel_id = a.channel_id and r.user_id = a.user_id and r.state = 'JOINED'
       where a.user_id = ? and not a.is_withdrawn and a.message_id is not null${part}),
     of_everybody as (
       select a.message_id, a.seq > r.read_seq as is_unread from messaging.members r cross join lateral (
         select a.message_id, a.seq from messaging.channel_mentions a
         where a.channel_id = r.channel_id and a.seq > r.joined_seq and a.silent_id is distinct from r.user_id${part}) a
       where r.user_id = ? and r.state = 'JOINED')
     select ${MESSAGE_COLUMNS}, a.is_unread from (select * from own union all select * from of_everybody) a
     join messaging.messages m on m.id = a.message_id
     order by a.message_id ${direction} limit ?`,
    [userId, ...place, ...place, userId, request.limit],
  );
  return toConnection(
    LIST,
    request,
    rows,
    (row) => [row.id],
    (row) => ({ message: toMessage(row), isUnread: row.is_unread }),
  );
}
