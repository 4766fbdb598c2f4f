/** Pins and unpins messages. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import { channelStream } from '../../channels/channel.events';
import { lockAccess } from '../../channels/channel.lock';
import { canSend } from '../../channels/channel.rules';
import type { MessageAccess } from '../message.loader';

/** The limit per channel. */
export const MAX_PINS = 100;

export class PinService {
  constructor(private readonly eventLog: EventLog) {}

  /** Idempotent. @throws BAD_USER_INPUT if the channel has too many pins. */
  async pinMessage(em: EntityManager, access: MessageAccess): Promise<void> {
    await this.change(em, access, true);
  }

  /** Idempotent. */
  async unpinMessage(em: EntityManager, access: MessageAccess): Promise<void> {
    await this.change(em, access, false);
  }

  private async change(em: EntityManager, access: MessageAccess, isPinned: boolean): Promise<void> {
    const { id, channelId } = access.message;
    await this.eventLog.transaction(em, async (tx, append) => {
      await lockAccess(tx, access, canSend);
      const rows = await tx.execute<unknown[]>(
        `update messaging.messages set is_pinned = ? where id = ? and is_pinned <> ? and deleted_at is null returning 1`,
        [isPinned, id, isPinned],
      );
      if (rows.length === 0) return;
      if (isPinned && (await isOverfull(tx, channelId)))
        throw badUserInput({ id: `A channel has at most ${MAX_PINS} pinned messages.` });
      await append(channelStream.of(channelId), 'PinsChanged', { messageId: id });
    });
  }
}

async function isOverfull(tx: EntityManager, channelId: string): Promise<boolean> {
  const [row] = await tx.execute<{ count: number }[]>(
    'select count(*)::int as count from messaging.messages where channel_id = ? and is_pinned',
    [channelId],
  );
  return row!.count > MAX_PINS;
}
