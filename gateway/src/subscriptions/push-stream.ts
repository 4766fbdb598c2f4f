/** A queue with an async iterator. Unlike an async generator's, its `return()` ends pending reads at once. */

type Result<T> = IteratorResult<T, undefined>;

export class PushStream<T> implements AsyncIterableIterator<T, undefined> {
  /** Resolves when the stream has ended or failed. */
  readonly ended: Promise<void>;
  private readonly queue: T[] = [];
  private readers: { resolve: (result: Result<T>) => void; reject: (error: unknown) => void }[] = [];
  private isOpen = true;
  private failure?: { error: unknown };
  private markEnded!: () => void;

  /** `onClosed` is called if the reader returns or falls behind by more than `maxQueued`, but not if the writer ends the stream. */
  constructor(
    private readonly onClosed: () => void,
    private readonly maxQueued = 10_000,
  ) {
    this.ended = new Promise((resolve) => (this.markEnded = resolve));
  }

  push(value: T): void {
    if (!this.isOpen) return;
    const reader = this.readers.shift();
    if (reader) return reader.resolve({ done: false, value });
    if (this.queue.length < this.maxQueued) return void this.queue.push(value);
    this.fail(new Error(`More than ${this.maxQueued} events are waiting to be read.`));
    this.onClosed();
  }

  /** Queued values can still be read. */
  end(): void {
    this.close();
    for (const { resolve } of this.readers.splice(0)) resolve({ done: true, value: undefined });
  }

  /** Queued values can still be read; then one read rejects. */
  fail(error: unknown): void {
    if (!this.isOpen) return;
    this.close();
    const reader = this.readers.shift();
    if (reader) reader.reject(error);
    else this.failure = { error };
    this.end();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result<T>> {
    if (this.queue.length > 0) return Promise.resolve({ done: false, value: this.queue.shift()! });
    const { failure } = this;
    this.failure = undefined;
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the writer may fail with any value
    if (failure) return Promise.reject(failure.error);
    if (!this.isOpen) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.readers.push({ resolve, reject }));
  }

  async return(): Promise<Result<T>> {
    const wasOpen = this.isOpen;
    this.queue.length = 0;
    this.failure = undefined;
    this.end();
    if (wasOpen) this.onClosed();
    return { done: true, value: undefined };
  }

  private close(): void {
    this.isOpen = false;
    this.markEnded();
  }
}
