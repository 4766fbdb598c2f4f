/**
 * Encodes the queue of a connection into the bytes of one write. Consecutive connections with equal queues and wrapping share these
 * bytes, so a broadcast is encoded once instead of once per receiver.
 */
import type { Payload } from '../subscriptions/sink';
import type { Item, Queue } from './queue';

/** The header of each message, which depends on its length. */
export interface Framing {
  size(length: number): number;
  /** @returns the offset at which the message begins. */
  write(length: number, into: Buffer, at: number): number;
}

export const NO_FRAMING: Framing = { size: () => 0, write: (_length, _into, at) => at };

/** The encoded part of a queue, up to the index `to`. */
export interface Encoded {
  readonly bytes: Buffer;
  readonly to: number;
}

/** Largest write in bytes, unless a single message is larger. */
const MAX_WRITE = 65_536;

interface Remembered extends Encoded {
  framing: Framing;
  queue: Queue;
  from: number;
  /** Whether the size limit ended it, and not the end of the queue. */
  isFull: boolean;
}

export class Encoder {
  private last?: Remembered;

  /** Encodes as many items after `from` as fit into one write, and at least one. */
  encode(framing: Framing, queue: Queue, from: number): Encoded {
    const { last } = this;
    if (last && last.framing === framing && isSame(last, queue, from)) {
      return last.from === from ? last : { bytes: last.bytes, to: from + last.to - last.from };
    }
    const { items } = queue;
    let to = from;
    let size = 0;
    do size += sizeOf(framing, queue, to++);
    while (to < items.length && size < MAX_WRITE);
    const bytes = Buffer.allocUnsafe(size);
    for (let index = from, at = 0; index < to; index++) at = write(framing, queue, index, bytes, at);
    this.last = { framing, queue, from, to, bytes, isFull: size >= MAX_WRITE };
    return this.last;
  }

  /** Releases the bytes of the last write. */
  forget(): void {
    this.last = undefined;
  }
}

/** Whether encoding the queue after `from` would give the same bytes as last time. */
function isSame(last: Remembered, queue: Queue, from: number): boolean {
  const count = last.to - last.from;
  const left = queue.items.length - from;
  if (left < count || (left > count && !last.isFull)) return false;
  for (let index = 0; index < count; index++)
    if (!isSameItem(queue.items[from + index]!, last.queue.items[last.from + index]!)) return false;
  // One comparison is enough if each queue has a single lane.
  const compared = queue.lanes || last.queue.lanes ? count : 1;
  for (let index = 0; index < compared; index++) {
    const [lane, other] = [queue.laneOf(from + index), last.queue.laneOf(last.from + index)];
    if (lane?.prefix !== other?.prefix || lane?.suffix !== other?.suffix) return false;
  }
  return true;
}

/** Subscriptions with upstreams of their own can get the same results in arrays of their own. */
function isSameItem(item: Item, other: Item): boolean {
  if (item === other) return true;
  if (!Array.isArray(item) || !Array.isArray(other) || item.length !== other.length) return false;
  return item.every((payload, index) => payload === other[index]);
}

function sizeOf(framing: Framing, queue: Queue, index: number): number {
  let size = 0;
  for (const { length } of messagesOf(queue, index)) size += framing.size(length) + length;
  return size;
}

/** @returns the offset of the next message. */
function write(framing: Framing, queue: Queue, index: number, into: Buffer, start: number): number {
  let at = start;
  for (const { length, parts } of messagesOf(queue, index)) {
    at = framing.write(length, into, at);
    for (const part of parts) {
      into.set(part, at);
      at += part.length;
    }
  }
  return at;
}

function messagesOf(queue: Queue, index: number): { length: number; parts: readonly Buffer[] }[] {
  const item = queue.items[index]!;
  const lane = queue.laneOf(index);
  if (!lane) return [{ length: (item as Buffer).length, parts: [item as Buffer] }];
  const { prefix, suffix } = lane;
  return (item as readonly Payload[]).map(({ bytes }) => ({
    length: prefix.length + bytes.length + suffix.length,
    parts: [prefix, bytes, suffix],
  }));
}
