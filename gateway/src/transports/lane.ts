/** One subscription's place in the outbox of its connection: how its results are wrapped, and how many wait. */

/** One subscription's results on a connection. */
export class Lane {
  queuedEvents = 0;
  queuedBytes = 0;
  /** Where its client stands: after the last result that was handed to the network, or before the first that waits. */
  cursor?: string;
  isClosed = false;
  private waiter?: { promise: Promise<void>; settle: () => void };

  constructor(
    readonly prefix: Buffer,
    readonly suffix: Buffer,
    /** Called once, when more waits than is allowed. What waited is gone by then. */
    readonly onOverflow: (cursor: string | undefined) => void,
  ) {}

  /** Settles when nothing waits any more. */
  emptied(): Promise<void> {
    if (!this.waiter) {
      let settle!: () => void;
      const promise = new Promise<void>((resolve) => (settle = resolve));
      this.waiter = { promise, settle };
    }
    return this.waiter.promise;
  }

  /** Tells whoever waits that nothing does any more. */
  settle(): void {
    this.waiter?.settle();
    this.waiter = undefined;
  }
}
