/** Mutes the notifications of channels, and tells the account's other devices. */
import type { EntityManager } from '@chat/kit/database/database';
import { isStorableDate } from '@chat/kit/graphql/date-time';
import { badUserInput } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import type { ChannelAccess } from '../../channels/channel.rules';
import { inboxStream } from '../inbox.events';

/** The end of a mute for which none is given. */
const FOR_GOOD = new Date('9999-12-31T00:00:00Z');

export class NotificationsService {
  constructor(private readonly eventLog: EventLog) {}

  /** @param until null ends the mute, as a time in the past does; undefined for a mute without an end. @throws BAD_USER_INPUT */
  async muteChannel(em: EntityManager, access: ChannelAccess, until: Date | null = FOR_GOOD): Promise<void> {
    if (until !== null && !isStorableDate(until)) throw badUserInput({ until: 'until is out of range.' });
    const userId = access.viewerId!;
    const { id: channelId } = access.channel;
    await this.eventLog.transaction(em, async (tx, append) => {
      const changed = await tx.execute<unknown[]>(
        `update messaging.members set notifications_muted_until = ?::timestamptz
         where channel_id = ? and user_id = ? and state = 'JOINED' and notifications_muted_until is distinct from ?::timestamptz
         returning 1`,
        [until, channelId, userId, until],
      );
      if (changed.length > 0) await append(inboxStream.of(userId), 'NotificationsChanged', { channelId });
    });
  }
}
