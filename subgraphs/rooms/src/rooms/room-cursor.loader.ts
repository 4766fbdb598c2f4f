/** Event cursors of rooms, many in one query. */
import type { EntityManager } from '@chat/kit/database/database';
import type { EventFeed } from '@chat/kit/events/event-feed';
import DataLoader from 'dataloader';
import { roomStream } from './room.events';

export type RoomCursorLoader = DataLoader<string, string>;

export const roomCursorLoader = (em: () => EntityManager, feed: EventFeed): RoomCursorLoader =>
  new DataLoader(async (ids) => {
    const streams = ids.map((id) => roomStream.of(id));
    const last = await feed.eventLog.lastSeqs(em(), streams);
    return Promise.all(streams.map((stream) => feed.cursor(stream, last.get(stream) ?? 0)));
  });
