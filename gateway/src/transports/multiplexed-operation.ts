/** One operation among others on a connection: its lane in the outbox, and that it ends once. How its end is written is its protocol's. */
import type { GraphQLFormattedError } from 'graphql';
import type { LiveSubscription, Payload, Sink } from '../subscriptions/sink';
import { Lane } from './lane';
import type { Outbox } from './outbox';

export abstract class MultiplexedOperation implements Sink {
  subscription?: LiveSubscription;
  private readonly lane: Lane;
  private isOver = false;

  /** `prefix` and `suffix` go around each result. */
  constructor(
    protected readonly outbox: Outbox,
    prefix: Buffer,
    suffix: Buffer,
    private readonly onOver: () => void,
  ) {
    this.lane = new Lane(prefix, suffix, (cursor) => this.subscription?.tooSlow(cursor));
  }

  next(payload: Payload): void {
    this.outbox.push(this.lane, payload);
  }

  whenDrained(): Promise<void> | undefined {
    return this.outbox.whenDrained(this.lane);
  }

  overflow(): void {
    this.outbox.overflow(this.lane);
  }

  abstract complete(): void;

  abstract error(errors: readonly GraphQLFormattedError[]): void;

  /** The client wants no more of it. */
  leave(): void {
    if (!this.over()) return;
    this.subscription?.cancel();
    this.outbox.discard(this.lane);
  }

  /** The gateway ends it. */
  end(errors: readonly GraphQLFormattedError[]): void {
    this.subscription?.cancel();
    this.error(errors);
  }

  /** The connection is gone. */
  abandon(): void {
    this.isOver = true;
    this.subscription?.cancel();
  }

  /** False where it is over already. */
  protected over(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.onOver();
    return true;
  }
}
