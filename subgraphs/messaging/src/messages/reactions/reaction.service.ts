/** Adds and removes reactions. The message's row carries the counts, so that a history reads no other table. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import { channelStream } from '../../channels/channel.events';
import { lockAccess } from '../../channels/channel.lock';
import { canSend } from '../../channels/channel.rules';
import type { MessageAccess } from '../message.loader';
import { oneEmoji } from './emoji';

/** Different emoji per message. */
export const MAX_REACTIONS = 50;

interface Count {
  emoji: string;
  count: number;
}

export class ReactionService {
  constructor(private readonly eventLog: EventLog) {}

  /** Idempotent. @throws BAD_USER_INPUT */
  async addReaction(em: EntityManager, access: MessageAccess, text: string): Promise<void> {
    const { message, viewerId } = access;
    const emoji = oneEmoji(text);
    await this.change(em, access, async (tx, counts) => {
      const added = await tx.execute<unknown[]>(
        `insert into messaging.reactions (message_id, emoji, user_id, created_at) values (?, ?, ?, now())
         on conflict do nothing returning 1`,
        [message.id, emoji, viewerId],
      );
      if (added.length === 0) return undefined;
      if (counts.some((known) => known.emoji === emoji))
        return counts.map((known) => (known.emoji === emoji ? { emoji, count: known.count + 1 } : known));
      if (counts.length === MAX_REACTIONS)
        throw badUserInput({ emoji: `A message has at most ${MAX_REACTIONS} different emoji.` });
      return [...counts, { emoji, count: 1 }];
    });
  }

  /** Idempotent. @throws BAD_USER_INPUT */
  async removeReaction(em: EntityManager, access: MessageAccess, text: string): Promise<void> {
    const { message, viewerId } = access;
    const emoji = oneEmoji(text);
    await this.change(em, access, async (tx, counts) => {
      const removed = await tx.execute<unknown[]>(
        'delete from messaging.reactions where message_id = ? and emoji = ? and user_id = ? returning 1',
        [message.id, emoji, viewerId],
      );
      if (removed.length === 0) return undefined;
      return counts
        .map((known) => (known.emoji === emoji ? { emoji, count: known.count - 1 } : known))
        .filter(({ count }) => count > 0);
    });
  }

  /** `work` resolves to the new counts, or to undefined if they stay the same. */
  private async change(
    em: EntityManager,
    access: MessageAccess,
    work: (tx: EntityManager, counts: Count[]) => Promise<Count[] | undefined>,
  ): Promise<void> {
    const { id, channelId } = access.message;
    await this.eventLog.transaction(em, async (tx, append) => {
      await lockAccess(tx, access, canSend);
      const [row] = await tx.execute<{ reactions: Count[] }[]>(
        'select reactions from messaging.messages where id = ? and deleted_at is null for update',
        [id],
      );
      if (!row) return; // deleted in the meantime
      const counts = await work(tx, row.reactions);
      if (!counts) return;
      await tx.execute('update messaging.messages set reactions = ?::jsonb where id = ?', [JSON.stringify(counts), id]);
      await append(channelStream.of(channelId), 'ReactionsChanged', { messageId: id });
    });
  }
}
