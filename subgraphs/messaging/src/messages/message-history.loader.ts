/** Pages through messages in the order they were sent, in both directions, along an index: one statement for all histories of a request. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import { pageRequest, toConnection, type Connection, type PageArguments } from '@chat/kit/graphql/connection';
import { listLoader, type Listed } from '../list-loader';
import { MESSAGE_COLUMNS, toMessage, type MessageEntity, type MessageRow } from './message.entity';

interface Question {
  column: 'channel_id' | 'parent_id';
  id: string;
  isBackward: boolean;
  limit: number;
  /** After which `seq`, or backward: before which. */
  from: number | undefined;
}

export class MessageHistoryLoader {
  private readonly pages;

  /** @param listOf the name that a list's cursors carry */
  constructor(
    em: () => EntityManager,
    private readonly listOf: (name: string) => Promise<string>,
  ) {
    this.pages = listLoader<Question, MessageRow>(
      ({ column, isBackward, limit }) => `${column} ${isBackward} ${limit}`,
      (questions) => read(em(), questions),
    );
  }

  /** The messages of a channel, replies included. */
  messages(channelId: string, page: PageArguments): Promise<Connection<MessageEntity>> {
    return this.list(`messages:${channelId}`, 'channel_id', channelId, page);
  }

  /** The replies to a message. */
  replies(parentId: string, page: PageArguments): Promise<Connection<MessageEntity>> {
    return this.list(`replies:${parentId}`, 'parent_id', parentId, page);
  }

  private async list(
    name: string,
    column: Question['column'],
    id: string,
    page: PageArguments,
  ): Promise<Connection<MessageEntity>> {
    const list = await this.listOf(name);
    const request = pageRequest(list, page);
    const { isBackward, limit } = request;
    const [from] = request.from ?? [];
    if (typeof from === 'string')
      throw badUserInput({ [isBackward ? 'before' : 'after']: 'That is not a cursor of this list.' });
    const rows = await this.pages.load({ column, id, isBackward, limit, from });
    return toConnection(list, request, rows, (row) => [Number(row.seq)], toMessage);
  }
}

/** Of questions that differ in `id` and `from` only. */
function read(em: EntityManager, questions: readonly Question[]): Promise<Listed<MessageRow>[]> {
  const { column, isBackward, limit } = questions[0]!;
  const bound = isBackward ? `m.seq < coalesce(page.from, 9223372036854775807)` : `m.seq > coalesce(page.from, 0)`;
  const direction = isBackward ? 'desc' : 'asc';
  return em.execute(
    `select page.ord, m.* from jsonb_to_recordset(?::jsonb) as page (ord int, id uuid, "from" bigint) cross join lateral (
       select ${MESSAGE_COLUMNS} from messaging.messages m where m.${column} = page.id and ${bound}
       order by m.seq ${direction} limit ?) m
     order by page.ord, m.seq ${direction}`,
    [JSON.stringify(questions), limit],
  );
}
