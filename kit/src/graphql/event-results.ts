/**
 * Turns events into results, in their order. Events that are there together (a backlog, a burst) are executed together.
 * Ends at once on `return()`; an async generator would wait for one more event.
 */
import type { ExecutionResult } from 'graphql';
import { takeWaiting } from '../events/batched';

/** The most events that are executed together. */
const MAX_TOGETHER = 50;

type Result = IteratorResult<ExecutionResult, undefined>;
const DONE: Result = { done: true, value: undefined };

export class EventResults implements AsyncIterableIterator<ExecutionResult, undefined> {
  private readonly source: AsyncIterator<unknown>;
  /** Results of events that came along with the last one. */
  private upcoming: Promise<ExecutionResult>[] = [];
  private isDone = false;
  private settle: ((result: Result) => void) | undefined;

  constructor(
    source: AsyncIterable<unknown>,
    /** One result for each event; none of them rejects. */
    private readonly execute: (events: readonly unknown[]) => Promise<ExecutionResult>[],
    /** The error to throw when the source fails. */
    private readonly failure: (error: unknown) => Error,
    /** A result that comes before those of events. */
    private opening?: ExecutionResult,
  ) {
    this.source = source[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Whether the stream has ended: results that are not there yet are not needed. */
  get isOver(): boolean {
    return this.isDone;
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
      this.take().then(resolve, (error: unknown) => {
        this.isDone = true;
        reject(this.failure(error));
      });
    });
  }

  private async take(): Promise<Result> {
    if (this.upcoming.length === 0) {
      const event = await this.source.next();
      if (event.done || this.isDone) {
        this.isDone = true;
        return DONE;
      }
      this.upcoming = this.execute([event.value, ...takeWaiting(this.source, MAX_TOGETHER - 1)]);
    }
    return { done: false, value: await this.upcoming.shift()! };
  }

  async return(): Promise<Result> {
    if (!this.isDone) {
      this.isDone = true;
      this.upcoming = [];
      this.settle?.(DONE);
      await this.source.return?.();
    }
    return DONE;
  }

  throw(): Promise<Result> {
    return this.return();
  }
}
