/** One subscription's share of its connection's outbox: the wrapping of its results, its queue counters and its cursor. */
import type { Payload } from '../subscriptions/sink';

export class Lane {
  queuedEvents = 0;
  queuedBytes = 0;
  /** The cursor from which the client resumes: of the last result handed to the network, or before the first queued one. */
  cursor?: string;
  isClosed = false;
  /** The cursor of the last queued result that has one. */
  private newestCursor?: string;
  private waiter?: { promise: Promise<void>; settle: () => void };

  constructor(
    readonly prefix: Buffer,
    readonly suffix: Buffer,
    /** Called once when the limits are exceeded, after the queued results were removed. */
    readonly onOverflow: (cursor: string | undefined) => void,
  ) {}

  /** Counts results that were queued. */
  queued(payloads: readonly Payload[]): void {
    this.cursor ??= payloads[0]!.after;
    this.queuedEvents += payloads.length;
    for (const { bytes, cursor } of payloads) {
      this.queuedBytes += bytes.length;
      if (cursor !== undefined) this.newestCursor = cursor;
    }
  }

  /** Counts results that were handed to the network. */
  dequeued(payloads: readonly Payload[]): void {
    this.queuedEvents -= payloads.length;
    for (const { bytes, cursor } of payloads) {
      this.queuedBytes -= bytes.length;
      if (cursor !== undefined) this.cursor = cursor;
    }
    if (this.queuedEvents === 0) this.settle();
  }

  /** As {@link dequeued}, for all queued results. */
  dequeuedAll(): void {
    this.queuedEvents = this.queuedBytes = 0;
    if (this.newestCursor !== undefined) this.cursor = this.newestCursor;
    this.settle();
  }

  /** Settles when no result is queued. */
  emptied(): Promise<void> {
    if (!this.waiter) {
      let settle!: () => void;
      const promise = new Promise<void>((resolve) => (settle = resolve));
      this.waiter = { promise, settle };
    }
    return this.waiter.promise;
  }

  /** Settles the promise of {@link emptied}. */
  settle(): void {
    this.waiter?.settle();
    this.waiter = undefined;
  }
}
