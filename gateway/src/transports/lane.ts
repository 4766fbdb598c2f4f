/** One subscription's share of its connection's outbox: the wrapping of its results, its queue counters and its cursor. */
export class Lane {
  queuedEvents = 0;
  queuedBytes = 0;
  /** The cursor from which the client resumes: of the last result handed to the network, or before the first queued one. */
  cursor?: string;
  isClosed = false;
  private waiter?: { promise: Promise<void>; settle: () => void };

  constructor(
    readonly prefix: Buffer,
    readonly suffix: Buffer,
    /** Called once when the limits are exceeded, after the queued results were removed. */
    readonly onOverflow: (cursor: string | undefined) => void,
  ) {}

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
