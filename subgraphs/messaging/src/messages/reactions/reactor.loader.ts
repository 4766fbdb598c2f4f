/** Pages of the accounts that reacted with an emoji, along an index. Loads all lists of a request in one statement. */
import type { EntityManager } from '@chat/kit/database/database';
import {
  foreignCursor,
  pageRequest,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { isId } from '@chat/kit/ids';
import { listLoader } from '../../list-loader';
import type { ReactionEntity } from '../message.entity';

export interface ReactorEntity {
  user: { id: string };
  reactedAt: Date;
}

interface Question {
  messageId: string;
  emoji: string;
  isBackward: boolean;
  limit: number;
  /** Microseconds since 1970 and an account id, exclusive. */
  at: number | null;
  userId: string | null;
}

interface ReactorRow {
  user_id: string;
  created_at: string;
  at: string;
}

export class ReactorLoader {
  private readonly lists;

  constructor(em: () => EntityManager) {
    this.lists = listLoader<Question, ReactorRow>(
      ({ isBackward, limit }) => `${isBackward} ${limit}`,
      (questions) => {
        const { isBackward, limit } = questions[0]!;
        const [beyond, direction, none] = isBackward ? ['<', 'desc', 'infinity'] : ['>', 'asc', '-infinity'];
        return em().execute(
          `select list.ord, r.* from jsonb_to_recordset(?::jsonb)
             as list (ord int, "messageId" uuid, emoji text, at bigint, "userId" uuid) cross join lateral (
             select r.user_id, r.created_at, (extract(epoch from r.created_at) * 1000000)::bigint as at
             from messaging.reactions r where r.message_id = list."messageId" and r.emoji = list.emoji
               and (r.created_at, r.user_id) ${beyond} (
                 coalesce(timestamptz 'epoch' + list.at * interval '1 microsecond', '${none}'),
                 coalesce(list."userId", '00000000-0000-0000-0000-000000000000'))
             order by r.created_at ${direction}, r.user_id ${direction} limit ?) r
           order by list.ord, r.created_at ${direction}, r.user_id ${direction}`,
          [JSON.stringify(questions), limit],
        );
      },
    );
  }

  /** The first to react comes first. For a message that the viewer has already received. */
  async reactors({ messageId, emoji }: ReactionEntity, page: PageArguments): Promise<Connection<ReactorEntity>> {
    const list = `reactors:${messageId}:${emoji}`;
    const request = pageRequest(list, page, 2);
    const [at = null, userId = null] = request.from ?? [];
    if (request.from && (typeof at !== 'number' || !isId(userId))) throw foreignCursor(request);
    const { isBackward, limit } = request;
    const place = { at: at as number | null, userId: userId as string | null };
    const rows = await this.lists.load({ messageId, emoji, isBackward, limit, ...place });
    return toConnection(
      list,
      request,
      rows,
      (row) => [Number(row.at), row.user_id],
      (row) => ({ user: { id: row.user_id }, reactedAt: new Date(row.created_at) }),
    );
  }
}
