/**
 * What waits to be written to one connection. What becomes ready in one turn of the event loop leaves in one write; what a
 * client does not read waits here up to a bound, and then its subscription ends. Nothing is dropped in silence.
 */
import type { Payload } from '../subscriptions/sink';
import { Encoder, type Framing, type Item, type Queue } from './encoder';
import type { Lane } from './lane';

/** Where bytes go. */
export interface Pipe {
  /** @returns false where the pipe is full; {@link Outbox.drained} must then be called when it is empty again. */
  write(bytes: Buffer): boolean;
}

export interface QueueLimits {
  /** For each subscription; more wait only where a client does not read. */
  maxEvents: number;
  maxBytes: number;
}

/** The longest that results wait for others to leave with them, in milliseconds; only while much is written. */
const MAX_REST_MS = 10;

/**
 * Flushes all outboxes that have something to write: together, when the event loop has turned. After a flush that took long
 * the next one waits for as long, so that what comes meanwhile leaves in the same writes: a write costs much, a longer one hardly more.
 */
export class Flusher {
  readonly encoder = new Encoder();
  private dirty: Outbox[] = [];
  private restsUntil = 0;

  add(outbox: Outbox): void {
    if (this.dirty.push(outbox) > 1) return;
    const rest = this.restsUntil - performance.now();
    if (rest < 1) setImmediate(() => this.flush());
    else setTimeout(() => this.flush(), rest);
  }

  private flush(): void {
    const { dirty } = this;
    const began = performance.now();
    this.dirty = [];
    for (const outbox of dirty) outbox.flush();
    this.encoder.forget();
    const ended = performance.now();
    this.restsUntil = ended + Math.min(ended - began, MAX_REST_MS);
  }
}

/** Messages without a subscription (pongs, refusals) that may wait before the connection is given up, and their bytes. */
const MAX_WAITING_MESSAGES = 1_000;
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Where nothing waits, as for thousands of idle connections at once. */
const NOTHING: Queue = { items: [], lanes: [] };

export class Outbox {
  private queue: Queue = NOTHING;
  private overflown?: Lane[];
  private isDirty = false;
  private isFull = false;
  private isClosed = false;
  private messages = 0;
  private messageBytes = 0;
  private onFinished?: () => void;

  constructor(
    private readonly pipe: Pipe,
    private readonly framing: Framing,
    private readonly flusher: Flusher,
    private readonly limits: QueueLimits,
    /** The client sends and does not read: the connection must be ended. */
    private readonly onFlooded: () => void,
    private readonly onQueued?: (depth: number) => void,
  ) {}

  /** Queues a result. */
  push(lane: Lane, payload: Payload): void {
    if (lane.isClosed || this.isClosed) return;
    if (this.isTooMuch(lane, payload)) {
      this.write(); // what was produced in one turn has not had its chance yet
      if (this.isTooMuch(lane, payload)) return this.overflow(lane);
    }
    lane.cursor ??= payload.after;
    lane.queuedEvents++;
    lane.queuedBytes += payload.bytes.length;
    this.add(payload, lane);
  }

  /** Whoever can wait should: undefined where there is room, else a promise that settles when nothing waits any more. */
  whenDrained(lane: Lane): Promise<void> | undefined {
    const { maxEvents, maxBytes } = this.limits;
    if (lane.isClosed || (lane.queuedEvents * 2 < maxEvents && lane.queuedBytes * 2 < maxBytes)) return undefined;
    return lane.emptied();
  }

  /** Ends a subscription whose client reads too slowly. */
  overflow(lane: Lane): void {
    if (lane.isClosed || this.isClosed) return;
    lane.isClosed = true;
    (this.overflown ??= []).push(lane);
    this.schedule();
  }

  /** Queues a message behind everything that waits. */
  send(message: Buffer): void {
    if (this.isClosed) return;
    if (this.isFlooded) this.write(); // as in push
    if (this.isFlooded) return this.onFlooded();
    this.messages++;
    this.messageBytes += message.length;
    this.add(message, undefined);
  }

  /** Takes a subscription's waiting results away; a lane is used no more after that. */
  discard(lane: Lane): void {
    lane.isClosed = true;
    lane.settle();
    if (lane.queuedEvents === 0) return;
    const { items, lanes } = this.queue;
    const isKept = (_: unknown, index: number) => lanes[index] !== lane;
    this.queue = { items: items.filter(isKept), lanes: lanes.filter(isKept) };
    lane.queuedEvents = lane.queuedBytes = 0;
  }

  /** The pipe is empty again. */
  drained(): void {
    this.isFull = false;
    this.flush();
  }

  flush(): void {
    this.isDirty = false;
    this.write();
    const { overflown } = this;
    this.overflown = undefined;
    for (const lane of overflown ?? []) {
      this.discard(lane);
      lane.onOverflow(lane.cursor);
    }
    if (this.onFinished && this.queue.items.length === 0) {
      this.onFinished();
      this.onFinished = undefined;
    }
  }

  /** Whether the client has not read for so long that the network takes no more. */
  get isStuck(): boolean {
    return this.isFull;
  }

  /** Takes nothing more, and calls `then` when what waits has been written. */
  finish(then: () => void): void {
    this.isClosed = true;
    this.onFinished = then;
    this.flush();
  }

  /** The pipe is gone: nothing is written after this. */
  close(): void {
    this.isClosed = this.isFull = true;
    for (const lane of this.queue.lanes) lane?.settle();
    this.queue = NOTHING;
  }

  private get isFlooded(): boolean {
    return this.messages >= MAX_WAITING_MESSAGES || this.messageBytes >= MAX_WAITING_BYTES;
  }

  private schedule(): void {
    if (this.isDirty) return;
    this.isDirty = true;
    this.flusher.add(this);
  }

  private isTooMuch(lane: Lane, payload: Payload): boolean {
    return (
      lane.queuedEvents >= this.limits.maxEvents ||
      (lane.queuedEvents > 0 && lane.queuedBytes + payload.bytes.length > this.limits.maxBytes)
    );
  }

  private add(item: Item, lane: Lane | undefined): void {
    if (this.queue === NOTHING) this.queue = { items: [item], lanes: [lane] };
    else {
      this.queue.items.push(item);
      this.queue.lanes.push(lane);
    }
    this.schedule();
  }

  private write(): void {
    const { queue } = this;
    const { items } = queue;
    if (this.isFull && items.length > 0) this.onQueued?.(items.length);
    let from = 0;
    while (from < items.length && !this.isFull) {
      const { bytes, to } = this.flusher.encoder.encode(this.framing, queue, from);
      for (; from < to; from++) this.taken(queue, from);
      this.isFull = !this.pipe.write(bytes);
    }
    if (from === 0) return;
    this.queue = from === items.length ? NOTHING : { items: items.slice(from), lanes: queue.lanes.slice(from) };
  }

  /** Something is on its way to the network and waits no more. */
  private taken({ items, lanes }: Queue, index: number): void {
    const lane = lanes[index];
    if (!lane) {
      this.messages--;
      this.messageBytes -= (items[index] as Buffer).length;
      return;
    }
    const { bytes, cursor } = items[index] as Payload;
    lane.queuedEvents--;
    lane.queuedBytes -= bytes.length;
    if (lane.queuedEvents === 0) lane.settle();
    if (cursor !== undefined) lane.cursor = cursor;
  }
}
