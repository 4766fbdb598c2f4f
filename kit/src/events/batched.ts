/** Streams that can hand out several items at once, so that readers can load data for all of them together. */

export interface Batched<Item> {
  /** Takes up to `most` items that have arrived, in order and without waiting. Call it when `next()` has just resolved. */
  takeWaiting(most: number): Item[];
}

/** Empty if the stream cannot tell. */
export function takeWaiting(stream: object, most: number): unknown[] {
  return (stream as Partial<Batched<unknown>>).takeWaiting?.(most) ?? [];
}
