/** Opens inboxes. */
import type { EntityManager } from '@chat/kit/database/database';
import type { Bell } from '@chat/kit/events/bell';
import type { EventFeed } from '@chat/kit/events/event-feed';
import { mapFeed } from '@chat/kit/events/map-feed';
import { startingAt } from '@chat/kit/graphql/start-cursor';
import { channelStream } from '../channels/channel.events';
import { inboxCursor, inboxPosition, inboxStream } from './inbox.events';
import { InboxFeed, type InboxItem } from './inbox-feed';
import type { InboxEventSource } from './inbox.type';

export class InboxService {
  constructor(
    private readonly feed: EventFeed,
    private readonly bell: Bell,
  ) {}

  /** @throws BAD_USER_INPUT where `after` is no cursor of this inbox. */
  async open(
    em: EntityManager,
    userId: string,
    after: string | null | undefined,
  ): Promise<AsyncIterableIterator<InboxEventSource>> {
    const stream = inboxStream(userId);
    const given = inboxPosition(userId, after);
    let position = given ?? (await this.feed.eventLog.lastSeqs(em, [stream])).get(stream) ?? 0;
    const feed = await this.feed.open(stream, position);
    const channels = await em.execute<{ id: string; is_unread: boolean }[]>(
      `select c.id, c.last_seq > greatest(m.read_seq, c.first_seq - 1) as is_unread
       from messaging.members m join messaging.channels c on c.id = m.channel_id
       where m.user_id = ? and m.state = 'JOINED'`,
      [userId],
    );
    const unread = given === undefined ? [] : channels.filter(({ is_unread }) => is_unread);
    const inbox = new InboxFeed(
      feed,
      this.bell,
      channelStream,
      channels.map(({ id }) => id),
      unread.map(({ id }) => id),
    );
    const events = mapFeed(inbox, (item) => {
      position = item.kind === 'event' ? item.row.seq : item.kind === 'gap' ? item.firstSeq - 1 : position;
      return toEvent(userId, position, item);
    });
    return startingAt(events, inboxCursor(userId, position));
  }
}

function toEvent(userId: string, position: number, item: InboxItem): InboxEventSource & { reason?: string } {
  const nothing = { cursor: inboxCursor(userId, position), channelId: '', messageId: '' };
  switch (item.kind) {
    case 'event':
      return { ...nothing, ...(item.row.payload as { channelId: string }), type: item.row.type };
    case 'unread':
      return { ...nothing, type: 'UnreadChanged', channelId: item.channelId };
    case 'gap':
      return {
        ...nothing,
        type: 'HistoryGap',
        reason: 'Events from before are no longer kept. Read your channels again.',
      };
  }
}
