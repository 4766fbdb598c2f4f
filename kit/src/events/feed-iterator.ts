/** One reader of a stream: catches up from PostgreSQL, then follows the tail; falls back to PostgreSQL when it reads too slowly. */
import type { Batched } from './batched';
import type { EventPage } from './event-log';
import type { FeedItem } from './feed-item';
import type { EventMap, EventRow } from './stream-kind';
import type { StreamTail, TailReader } from './stream-tail';

/** A position that no event has: a subscriber that resumes from it gets a gap, and then all events from now on. */
export const LOST = Number.MAX_SAFE_INTEGER;

/** How many rows may wait in memory for a slow reader before it has to fetch them again. */
const MAX_WAITING = 1000;

type Result<Events extends EventMap> = IteratorResult<FeedItem<Events>, undefined>;
const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

export class FeedIterator<Events extends EventMap = EventMap>
  implements AsyncIterableIterator<FeedItem<Events>, undefined>, Batched<FeedItem<Events>>, TailReader
{
  /** The position after which it continues. */
  readonly startSeq: number;
  private waiting: EventRow<Events>[] = [];
  /** The last `seq` that is handed out or waiting. */
  private position: number;
  private isDone = false;
  private settle: ((result: Result<Events>) => void) | undefined;
  private wake: (() => void) | undefined;

  /** Call it when the tail has started; `after` is the position to continue from, by default the tail's head. */
  constructor(
    private readonly tail: StreamTail,
    private readonly read: (afterSeq: number) => Promise<EventPage<Events>>,
    after: number | undefined,
    private readonly onReturn: () => void,
  ) {
    this.startSeq = after === undefined || after === LOST ? tail.head : after;
    this.position = after ?? tail.head;
    if (this.position === tail.head) tail.attached.add(this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(row: EventRow<Events>): void {
    if (row.seq <= this.position) return;
    if (row.seq === this.position + 1 && this.waiting.length < MAX_WAITING) {
      this.waiting.push(row);
      this.position = row.seq;
    } else this.tail.attached.delete(this);
    this.wake?.();
  }

  detach(): void {
    this.tail.attached.delete(this);
    this.wake?.();
  }

  lose(): void {
    this.waiting = [];
    this.position = LOST;
    this.detach();
  }

  /** Ask for one item at a time. */
  next(): Promise<Result<Events>> {
    return new Promise((resolve, reject) => {
      this.settle = resolve; // so that return() ends a waiting next() at once
      this.take().then(resolve, reject);
    });
  }

  /** Takes up to `most` items that have already arrived, for a reader that has just received one and would ask for these next. */
  takeWaiting(most: number): FeedItem<Events>[] {
    return this.waiting.splice(0, most).map((row) => ({ kind: 'event', row }));
  }

  private async take(): Promise<Result<Events>> {
    while (!this.isDone) {
      const row = this.waiting.shift();
      if (row) return { done: false, value: { kind: 'event', row } };
      if (this.tail.attached.has(this)) await new Promise<void>((resolve) => (this.wake = resolve));
      else {
        const gap = await this.catchUp();
        if (gap) return { done: false, value: gap };
      }
    }
    return DONE;
  }

  private async catchUp(): Promise<FeedItem<Events> | undefined> {
    const { position } = this;
    const { rows, firstSeq, lastSeq } = await this.read(position);
    if (this.isDone || this.position !== position) return undefined; // lost meanwhile
    const isFromTheFuture = this.position > lastSeq;
    if (isFromTheFuture || firstSeq > this.position + 1) {
      const resumesAt = isFromTheFuture ? lastSeq + 1 : firstSeq;
      this.position = resumesAt - 1;
      return { kind: 'gap', firstSeq: resumesAt };
    }
    this.waiting = rows;
    this.position = rows.at(-1)?.seq ?? this.position;
    // Rows that the tail still has to deliver up to here are skipped in push().
    if (this.position >= this.tail.head) this.tail.attached.add(this);
    return undefined;
  }

  return(): Promise<Result<Events>> {
    if (!this.isDone) {
      this.isDone = true;
      this.waiting = [];
      this.tail.readers.delete(this);
      this.tail.attached.delete(this);
      this.onReturn();
      this.wake?.();
      this.settle?.(DONE);
    }
    return Promise.resolve(DONE);
  }

  throw(): Promise<Result<Events>> {
    return this.return();
  }
}
