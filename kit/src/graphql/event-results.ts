/** Turns events into results, one after the other. Ends at once on `return()`, where an async generator would wait for one more event. */
import type { ExecutionResult } from 'graphql';

type Result = IteratorResult<ExecutionResult, undefined>;
const DONE: Result = { done: true, value: undefined };

export class EventResults implements AsyncIterableIterator<ExecutionResult, undefined> {
  private readonly source: AsyncIterator<unknown>;
  private isDone = false;
  private settle: ((result: Result) => void) | undefined;

  constructor(
    source: AsyncIterable<unknown>,
    private readonly execute: (event: unknown) => Promise<ExecutionResult>,
    /** A result that comes before those of events. */
    private opening?: ExecutionResult,
  ) {
    this.source = source[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ask for one result at a time. */
  next(): Promise<Result> {
    if (this.isDone) return Promise.resolve(DONE);
    if (this.opening) {
      const value = this.opening;
      this.opening = undefined;
      return Promise.resolve({ done: false, value });
    }
    return new Promise((resolve, reject) => {
      this.settle = resolve;
      this.take().then(resolve, reject);
    });
  }

  private async take(): Promise<Result> {
    const event = await this.source.next();
    if (event.done || this.isDone) {
      this.isDone = true;
      return DONE;
    }
    return { done: false, value: await this.execute(event.value) };
  }

  async return(): Promise<Result> {
    if (!this.isDone) {
      this.isDone = true;
      this.settle?.(DONE);
      await this.source.return?.();
    }
    return DONE;
  }

  throw(): Promise<Result> {
    return this.return();
  }
}
