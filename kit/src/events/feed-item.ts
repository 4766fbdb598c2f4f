/** Items of a live stream. */
import type { EventMap, EventRow } from './stream-kind';

/** An event, or a gap if the events before `firstSeq` are no longer kept. */
export type FeedItem<Events extends EventMap = EventMap> =
  { kind: 'event'; row: EventRow<Events> } | { kind: 'gap'; firstSeq: number };
