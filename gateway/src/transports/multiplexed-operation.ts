/** One of several operations on a connection: its lane in the outbox and its single end. Subclasses write the end in their protocol. */
import type { GraphQLFormattedError } from 'graphql';
import type { LiveSubscription, Payload, Sink } from '../subscriptions/sink';
import { Lane } from './lane';
import type { Outbox } from './outbox';

export abstract class MultiplexedOperation implements Sink {
  subscription?: LiveSubscription;
  private readonly lane: Lane;
  private isOver = false;
  /** Whether the end may wait as the last result does. */
  protected canWait = false;

  /** `prefix` and `suffix` wrap each result. */
  constructor(
    protected readonly outbox: Outbox,
    prefix: Buffer,
    suffix: Buffer,
    private readonly onOver: () => void,
  ) {
    this.lane = new Lane(prefix, suffix, (cursor) => this.subscription?.tooSlow(cursor));
  }

  next(payloads: readonly Payload[]): void {
    this.canWait = payloads.at(-1)!.canWait ?? false;
    this.outbox.push(this.lane, payloads);
  }

  whenDrained(): Promise<void> | undefined {
    return this.outbox.whenDrained(this.lane);
  }

  overflow(): void {
    this.outbox.overflow(this.lane);
  }

  abstract complete(): void;

  abstract error(errors: readonly GraphQLFormattedError[]): void;

  /** The client unsubscribes. */
  leave(): void {
    if (!this.over()) return;
    this.subscription?.cancel();
    this.outbox.discard(this.lane);
  }

  /** The gateway ends the operation with errors. */
  end(errors: readonly GraphQLFormattedError[]): void {
    this.subscription?.cancel();
    this.error(errors);
  }

  /** The connection has closed. */
  abandon(): void {
    this.isOver = true;
    this.subscription?.cancel();
  }

  /** @returns false if the operation was over before. */
  protected over(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.onOver();
    return true;
  }
}
