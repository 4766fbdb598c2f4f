/** Moves read markers. They only move forward, so that two devices of one account agree. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import type { ActivityBell } from '../activity/activity-bell';
import type { ChannelAccess } from '../../channels/channel.rules';
import { inboxStream } from '../inbox.events';
import type { MessageLoader } from '../../messages/message.loader';

export class ReadMarkerService {
  constructor(
    private readonly eventLog: EventLog,
    private readonly activity: ActivityBell,
  ) {}

  /** No effect if the marker is at the message or after it. @throws BAD_USER_INPUT if the message is of another channel */
  async markRead(em: EntityManager, loader: MessageLoader, access: ChannelAccess, messageId: string): Promise<void> {
    const found = await loader.accessMessage(messageId);
    if (found?.channel.id !== access.channel.id)
      throw badUserInput({ messageId: 'messageId is not a message of this channel.' });
    const { id: channelId } = access.channel;
    const userId = access.viewerId!;
    const { seq } = found.message;
    const hasMoved = await this.eventLog.transaction(em, async (tx, append) => {
      const [result] = await tx.execute<{ has_moved: boolean }[]>('select messaging.mark_read(?, ?, ?) as has_moved', [
        userId,
        channelId,
        seq,
      ]);
      if (!result!.has_moved) return false;
      await append(inboxStream.of(userId), 'UnreadChanged', { channelId });
      return true;
    });
    if (hasMoved) this.activity.ring(channelId, { type: 'ReadMarkerMoved', userId, messageId: found.message.id });
  }
}
