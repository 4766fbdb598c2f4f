/** Opens inboxes. */
import type { EntityManager } from '@chat/kit/database/database';
import type { Bell } from '@chat/kit/events/bell';
import type { EventFeed } from '@chat/kit/events/event-feed';
import { mapFeed } from '@chat/kit/events/map-feed';
import { startingAt } from '@chat/kit/graphql/start-cursor';
import { inboxStream } from '../inbox.events';
import { InboxFeed, type InboxItem } from './inbox-feed';
import type { InboxEventSource } from './inbox.type';

export class InboxService {
  constructor(
    private readonly feed: EventFeed,
    private readonly bell: Bell,
  ) {}

  /** The event cursor of the present end of the inbox. */
  async cursor(em: EntityManager, userId: string): Promise<string> {
    return this.feed.cursor(inboxStream.of(userId), await this.lastSeq(em, userId));
  }

  private async lastSeq(em: EntityManager, userId: string): Promise<number> {
    const stream = inboxStream.of(userId);
    return (await this.feed.eventLog.lastSeqs(em, [stream])).get(stream) ?? 0;
  }

  /** @throws BAD_USER_INPUT if `after` is not an event cursor of this inbox */
  async open(
    em: EntityManager,
    userId: string,
    after: string | null | undefined,
  ): Promise<AsyncIterableIterator<InboxEventSource>> {
    const stream = inboxStream.of(userId);
    const given = inboxStream.position(userId, after);
    const start = given ?? (await this.lastSeq(em, userId));
    const channelIds = await channelsOf(em, userId); // the stream tells of later joins
    const feed = await this.feed.open(stream, start);
    let position = feed.startSeq;
    const readUnread = () => unreadChannelsOf(em.fork(), userId);
    const inbox = new InboxFeed(feed, this.bell, channelIds, readUnread);
    try {
      await inbox.listens(); // before the read, so that no message falls in between
      if (given !== undefined) await inbox.tellUnread();
    } catch (error) {
      await inbox.return();
      throw error;
    }
    const events = mapFeed(inbox, (item) => {
      position = item.kind === 'event' ? item.row.seq : item.kind === 'gap' ? item.firstSeq - 1 : position;
      return toEvent(this.feed.cursorOf(stream, position), item);
    });
    return startingAt(events, this.feed.cursorOf(stream, position));
  }
}

async function channelsOf(em: EntityManager, userId: string): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    `select channel_id as id from messaging.members where user_id = ? and state = 'JOINED'`,
    [userId],
  );
  return rows.map(({ id }) => id);
}

async function unreadChannelsOf(em: EntityManager, userId: string): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    `select c.id from messaging.members m join messaging.channels c on c.id = m.channel_id
     where m.user_id = ? and m.state = 'JOINED' and c.last_seq > greatest(m.read_seq, c.first_seq - 1)`,
    [userId],
  );
  return rows.map(({ id }) => id);
}

function toEvent(cursor: string, item: InboxItem): InboxEventSource {
  switch (item.kind) {
    case 'event':
      return { ...item.row.payload, cursor, type: item.row.type };
    case 'unread':
      return { cursor, type: 'UnreadChanged', channelId: item.channelId };
    case 'gap':
      return {
        cursor,
        type: 'HistoryGap',
        reason: 'Earlier events are no longer kept. Read your channels again.',
      };
  }
}
