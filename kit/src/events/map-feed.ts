/** Maps the items of a feed to the events of a subscription, or leaves them out. Ends at once on `return()`, as feeds do. */
import type { Batched } from './batched';

/** `map` returns undefined for items to leave out. If it throws, the stream ends with that error. */
export function mapFeed<Item, Event>(
  feed: AsyncIterableIterator<Item> & Partial<Batched<Item>>,
  map: (item: Item) => Event | undefined,
): AsyncIterableIterator<Event, undefined> & Batched<Event> {
  const end = async (): Promise<IteratorResult<Event, undefined>> => {
    await feed.return?.();
    return { done: true, value: undefined };
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      for (;;) {
        const item = await feed.next();
        if (item.done) return { done: true, value: undefined };
        const event = map(item.value);
        if (event !== undefined) return { done: false, value: event };
      }
    },
    takeWaiting(most) {
      const items = feed.takeWaiting?.(most) ?? [];
      return items.map(map).filter((event) => event !== undefined);
    },
    return: end,
    throw: end,
  };
}
