/** One operation of a socket: its results, its end and its leave, as messages of graphql-transport-ws. */
import type { GraphQLFormattedError } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { LiveSubscription, Payload, Sink } from '../../subscriptions/sink';
import { Lane } from '../lane';
import type { Outbox } from '../outbox';

const SUFFIX = Buffer.from('}');

/** Clients that count their operations have the same ids, and what is wrapped by the same buffer is written as one (see Encoder). */
const prefixes = new LRUCache<string, Buffer>({ max: 1_000 });

function prefixOf(id: string): Buffer {
  let prefix = prefixes.get(id);
  if (!prefix) prefixes.set(id, (prefix = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`)));
  return prefix;
}

export class SocketOperation implements Sink {
  subscription?: LiveSubscription;
  private readonly lane: Lane;
  private isOver = false;

  constructor(
    private readonly id: string,
    private readonly outbox: Outbox,
    private readonly onOver: () => void,
  ) {
    this.lane = new Lane(prefixOf(id), SUFFIX, (cursor) => this.subscription?.tooSlow(cursor));
  }

  next(payload: Payload): void {
    this.outbox.push(this.lane, payload);
  }

  whenRead(): Promise<void> | undefined {
    return this.outbox.whenRead(this.lane);
  }

  giveUp(): void {
    this.outbox.overflow(this.lane);
  }

  complete(): void {
    if (this.over()) this.outbox.send(Buffer.from(`{"id":${JSON.stringify(this.id)},"type":"complete"}`));
  }

  error(errors: readonly GraphQLFormattedError[]): void {
    if (this.over()) this.outbox.send(Buffer.from(JSON.stringify({ id: this.id, type: 'error', payload: errors })));
  }

  /** The client has completed it. */
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

  /** The socket is gone. */
  abandon(): void {
    this.isOver = true;
    this.subscription?.cancel();
  }

  private over(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.onOver();
    return true;
  }
}
