/** Pages of messages in both directions, along an index. Loads all histories of a request in one statement. */
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
  /** The exclusive `seq` to start from, in the direction of the page. */
  from: number | undefined;
}

export class MessageHistoryLoader {
  private readonly pages;

  /** @param listOf the name of a list in its cursors */
  constructor(
    em: () => EntityManager,
    private readonly listOf: (name: string) => Promise<string>,
  ) {
    this.pages = listLoader<Question, MessageRow>(
      ({ column, isBackward, limit }) => `${column} ${isBackward} ${limit}`,
      (questions) => read(em(), questions),
    );
  }

  /** The messages of a channel, including replies. */
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
      throw badUserInput({ [isBackward ? 'before' : 'after']: 'The cursor does not belong to this list.' });
    const rows = await this.pages.load({ column, id, isBackward, limit, from });
    return toConnection(list, request, rows, (row) => [Number(row.seq)], toMessage);
  }
}

/** One statement for questions that differ only in `id` and `from`. */
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
