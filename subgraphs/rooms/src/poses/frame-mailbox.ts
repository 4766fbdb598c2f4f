/** The frames that wait for one subscriber. A slow subscriber loses frames and then gets a full one; it never gets an old state. */
import type { Frame } from './frame';

/** How many frames wait at most. */
const MAX_WAITING = 40;

type Result = IteratorResult<Frame, undefined>;
const DONE: Result = { done: true, value: undefined };

export class FrameMailbox implements AsyncIterableIterator<Frame, undefined> {
  private waiting: Frame[] = [];
  private settle: ((result: Result) => void) | undefined;
  private isDone = false;

  private readonly listeners: (() => void)[];

  constructor(onReturn: () => void) {
    this.listeners = [onReturn];
  }

  /** Also calls `listener` at the end. */
  onEnd(listener: () => void): this {
    this.listeners.push(listener);
    return this;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @returns false if the frame was not accepted: all waiting ones were dropped, and a full frame must follow */
  push(frame: Frame): boolean {
    if (this.isDone) return true;
    if (this.settle) {
      const { settle } = this;
      this.settle = undefined;
      settle({ done: false, value: frame });
      return true;
    }
    if (frame.isFull) this.waiting = [];
    if (this.waiting.length >= MAX_WAITING) {
      this.waiting = [];
      return false;
    }
    this.waiting.push(frame);
    return true;
  }

  /** Ask for one frame at a time. */
  next(): Promise<Result> {
    if (this.isDone) return Promise.resolve(DONE);
    const frame = this.waiting.shift();
    if (frame) return Promise.resolve({ done: false, value: frame });
    return new Promise((resolve) => (this.settle = resolve));
  }

  return(): Promise<Result> {
    if (!this.isDone) {
      this.isDone = true;
      this.waiting = [];
      for (const listener of this.listeners) listener();
      this.settle?.(DONE);
    }
    return Promise.resolve(DONE);
  }

  throw(): Promise<Result> {
    return this.return();
  }
}
