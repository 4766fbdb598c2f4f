/** The waiting results of one connection, each with its lane, and its messages without a subscription. */
import type { Payload } from '../subscriptions/sink';
import type { Lane } from './lane';

/** Consecutive results of one subscription, or a message without a subscription (an acknowledgement, a pong). */
export type Item = readonly Payload[] | Buffer;

/** Append-only: removing an item creates a new queue, since encoded queues are remembered. */
export class Queue {
  /** Shared by all idle connections; nothing may be added. */
  static readonly EMPTY = new Queue(undefined);

  readonly items: Item[] = [];
  /** The lane of each item, unless all have the same. */
  lanes?: (Lane | undefined)[];

  /** @param lane that of the first item */
  constructor(private readonly lane: Lane | undefined) {}

  add(item: Item, lane: Lane | undefined): void {
    if (lane !== this.lane) this.lanes ??= this.items.map(() => this.lane);
    this.items.push(item);
    this.lanes?.push(lane);
  }

  laneOf(index: number): Lane | undefined {
    return this.lanes ? this.lanes[index] : this.lane;
  }

  /** The lane of all items, if it is the same. */
  get onlyLane(): Lane | undefined {
    return this.lanes ? undefined : this.lane;
  }

  filter(isKept: (index: number) => boolean): Queue {
    let kept = Queue.EMPTY;
    this.items.forEach((item, index) => {
      if (!isKept(index)) return;
      const lane = this.laneOf(index);
      if (kept === Queue.EMPTY) kept = new Queue(lane);
      kept.add(item, lane);
    });
    return kept;
  }
}
