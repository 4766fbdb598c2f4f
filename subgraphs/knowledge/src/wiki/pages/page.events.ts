/** The events of one page. Payloads hold ids and versions; subscribers load the page as it is at delivery. */
import { defineStream, payload, type EventsOf } from '@chat/kit/events/stream-kind';

export const pageStream = defineStream('wiki-page', {
  PageCreated: payload<{ id: string; version: number }>(),
  PageUpdated: payload<{ id: string; version: number }>(),
  PageDeleted: payload<{ id: string; version: number }>(),
  PageAccessChanged: payload<{ id: string; version: number }>(),
});

export type PageEvents = EventsOf<typeof pageStream>;
