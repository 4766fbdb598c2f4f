/** Moves read markers. Reading only moves them forward, so that two devices of one account agree; markUnread moves them back. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import type { ActivityBell } from '../activity/activity-bell';
import type { ChannelAccess } from '../../channels/channel.rules';
import { inboxStream } from '../inbox.events';
import type { MessageEntity } from '../../messages/message.entity';
import type { MessageLoader } from '../../messages/message.loader';

export class ReadMarkerService {
  constructor(
    private readonly eventLog: EventLog,
    private readonly activity: ActivityBell,
  ) {}

  /** No effect if the marker is at the message or after it. @throws BAD_USER_INPUT if the message is of another channel */
  async markRead(em: EntityManager, loader: MessageLoader, access: ChannelAccess, messageId: string): Promise<void> {
    const { id: channelId } = access.channel;
    const userId = access.viewerId!;
    const { id, seq } = await messageIn(access, loader, messageId);
    const hasMoved = await this.move(em, 'mark_read', { userId, channelId, seq });
    if (hasMoved) this.activity.ring(channelId, { type: 'ReadMarkerMoved', userId, messageId: id, seq });
  }

  /** No effect if the marker is before the message. Others are not told. @throws BAD_USER_INPUT if the message is of another channel */
  async markUnread(em: EntityManager, loader: MessageLoader, access: ChannelAccess, messageId: string): Promise<void> {
    const { seq } = await messageIn(access, loader, messageId);
    await this.move(em, 'mark_unread', { userId: access.viewerId!, channelId: access.channel.id, seq });
  }

  /** @returns whether the marker has moved */
  private move(
    em: EntityManager,
    move: 'mark_read' | 'mark_unread',
    { userId, channelId, seq }: { userId: string; channelId: string; seq: number },
  ): Promise<boolean> {
    return this.eventLog.transaction(em, async (tx, append) => {
      const [result] = await tx.execute<{ has_moved: boolean }[]>(`select messaging.${move}(?, ?, ?) as has_moved`, [
        userId,
        channelId,
        seq,
      ]);
      if (!result!.has_moved) return false;
      await append(inboxStream.of(userId), 'UnreadChanged', { channelId });
      return true;
    });
  }
}

async function messageIn(access: ChannelAccess, loader: MessageLoader, messageId: string): Promise<MessageEntity> {
  const found = await loader.accessMessage(messageId);
  if (found?.channel.id !== access.channel.id)
    throw badUserInput({ messageId: 'messageId is not a message of this channel.' });
  return found.message;
}
