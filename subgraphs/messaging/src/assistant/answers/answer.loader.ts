/** Loads answers for one viewer: by id for those that the viewer may not see, and in batches for messages that it has received. */
import type { EntityManager } from '@chat/kit/database/database';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import type { ChannelLoader } from '../../channels/channel.loader';
import type { ChannelAccess } from '../../channels/channel.rules';
import { ANSWER_COLUMNS, ANSWER_TABLES, toAnswer, type AnswerEntity, type AnswerRow } from './answer.entity';

export interface AnswerAccess extends ChannelAccess {
  answer: AnswerEntity;
}

export class AnswerLoader {
  private readonly loader: DataLoader<string, AnswerEntity | null>;

  constructor(
    em: () => EntityManager,
    private readonly channels: ChannelLoader,
  ) {
    this.loader = new DataLoader((ids) => load(em(), ids));
  }

  /** The answer and the viewer's access to its channel; null if it does not exist or the viewer may not see it. */
  async accessAnswer(id: string): Promise<AnswerAccess | null> {
    const answer = isId(id) ? await this.loader.load(id.toLowerCase()) : null;
    const access = answer && (await this.channels.accessChannel(answer.channelId));
    return access && { ...access, answer };
  }

  /** The answer that a message is; null for other messages. */
  answerOf({ id }: { id: string }): Promise<AnswerEntity | null> {
    return this.loader.load(id);
  }

  /** Evicts an answer after a change. */
  clear(id: string): void {
    this.loader.clear(id.toLowerCase());
  }
}

async function load(em: EntityManager, ids: readonly string[]): Promise<(AnswerEntity | null)[]> {
  const rows = await em.execute<AnswerRow[]>(`select ${ANSWER_COLUMNS} from ${ANSWER_TABLES} where a.id in (?)`, [ids]);
  const found = new Map(rows.map((row) => [row.id, toAnswer(row)]));
  return ids.map((id) => found.get(id) ?? null);
}
