/** Streams that can hand out several items at once, so that what their readers load for each can be loaded for all together. */

export interface Batched<Item> {
  /** Takes what is at hand, in order and without waiting: at most `most` items. Ask when `next()` has just been answered. */
  takeWaiting(most: number): Item[];
}

/** Empty where the stream cannot tell. */
export function takeWaiting(stream: object, most: number): unknown[] {
  return (stream as Partial<Batched<unknown>>).takeWaiting?.(most) ?? [];
}
