/** Pages of messages in both directions and around a place, along an index. Loads all histories of a request in one statement. */
import type { EntityManager } from '@chat/kit/database/database';
import type { EventFeed } from '@chat/kit/events/event-feed';
import { encodeCursor, streamPosition } from '@chat/kit/graphql/cursor';
import {
  foreignCursor,
  pageRequest,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { isId } from '@chat/kit/ids';
import { channelStream } from '../channels/channel.events';
import { listLoader, type Listed } from '../list-loader';
import { MESSAGE_COLUMNS, toMessage, type MessageEntity, type MessageRow } from './message.entity';
import type { MessageLoader } from './message.loader';
import { pageAround, sizeAround, unknownPlace } from './page-around';

export interface HistoryArguments extends PageArguments {
  /** The id of a message, or an event cursor of the channel. */
  around?: string | null;
  /** Leaves replies out. */
  rootsOnly?: boolean;
}

interface Question {
  column: 'channel_id' | 'parent_id';
  id: string;
  rootsOnly: boolean;
  isBackward: boolean;
  limit: number;
  /** The exclusive `seq` to start from, in the direction of the page. */
  from: number | undefined;
}

/** The messages of a channel, or the replies to a message. */
interface List extends Pick<Question, 'column' | 'id' | 'rootsOnly'> {
  name: string;
  channelId: string;
}

export class MessageHistoryLoader {
  private readonly pages;

  constructor(
    private readonly em: () => EntityManager,
    private readonly feed: EventFeed,
    private readonly messagesById: MessageLoader,
  ) {
    this.pages = listLoader<Question, MessageRow>(
      ({ column, rootsOnly, isBackward, limit }) => `${column} ${rootsOnly} ${isBackward} ${limit}`,
      (questions) => read(em(), questions),
    );
  }

  /** The messages of a channel, including replies unless `rootsOnly`. */
  messages(channelId: string, page: HistoryArguments): Promise<Connection<MessageEntity>> {
    const { rootsOnly = false } = page;
    return this.list(
      { name: `messages:${channelId}`, column: 'channel_id', id: channelId, channelId, rootsOnly },
      page,
    );
  }

  /** The replies to a message. */
  replies({ id, channelId }: MessageEntity, page: HistoryArguments): Promise<Connection<MessageEntity>> {
    return this.list({ name: `replies:${id}`, column: 'parent_id', id, channelId, rootsOnly: false }, page);
  }

  private async list({ name, channelId, ...of }: List, page: HistoryArguments): Promise<Connection<MessageEntity>> {
    const list = await this.feed.listOf(name);
    if (page.around != null) {
      const size = sizeAround(page);
      const place = await this.placeOf(channelId, page.around);
      const half = { ...of, limit: size + 1 };
      const halves = await Promise.all([
        this.pages.load({ ...half, isBackward: true, from: place }),
        this.pages.load({ ...half, isBackward: false, from: place - 1 }),
      ]);
      return pageAround(size, halves, (row) => ({
        cursor: encodeCursor(list, Number(row.seq)),
        node: toMessage(row),
      }));
    }
    const request = pageRequest(list, page);
    const [from] = request.from ?? [];
    if (typeof from === 'string') throw foreignCursor(request);
    const rows = await this.pages.load({ ...of, isBackward: request.isBackward, limit: request.limit, from });
    return toConnection(list, request, rows, (row) => [Number(row.seq)], toMessage);
  }

  /** The `seq` of a message, or of the last message before or at an event; 0 if the event was before all messages. */
  private async placeOf(channelId: string, around: string): Promise<number> {
    if (isId(around)) {
      const found = await this.messagesById.accessMessage(around);
      if (found?.message.channelId !== channelId) throw unknownPlace();
      return found.message.seq;
    }
    const position = streamPosition(channelStream.of(channelId), around, 'around');
    if (!position || !(await this.feed.isCurrent(position))) throw unknownPlace();
    const [row] = await this.em().execute<{ seq: string | null }[]>('select messaging.message_at_event(?, ?) as seq', [
      channelId,
      position.seq,
    ]);
    return Number(row?.seq ?? 0);
  }
}

/** One statement for questions that differ only in `id` and `from`. */
function read(em: EntityManager, questions: readonly Question[]): Promise<Listed<MessageRow>[]> {
  const { column, rootsOnly, isBackward, limit } = questions[0]!;
  const bound = isBackward ? `m.seq < coalesce(page.from, 9223372036854775807)` : `m.seq > coalesce(page.from, 0)`;
  const direction = isBackward ? 'desc' : 'asc';
  return em.execute(
    `select page.ord, m.* from jsonb_to_recordset(?::jsonb) as page (ord int, id uuid, "from" bigint) cross join lateral (
       select ${MESSAGE_COLUMNS} from messaging.messages m where m.${column} = page.id and ${bound}
       ${rootsOnly ? 'and m.parent_id is null' : ''} order by m.seq ${direction} limit ?) m
     order by page.ord, m.seq ${direction}`,
    [JSON.stringify(questions), limit],
  );
}
