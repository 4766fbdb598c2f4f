/**
 * What waits to be written to one connection. What becomes ready in one turn of the event loop leaves in one write; what a
 * client does not read waits here up to a bound, and then its subscription ends. Nothing is dropped in silence.
 */
import type { Payload } from '../subscriptions/sink';
import type { Lane } from './lane';

/** Where bytes go. */
export interface Pipe {
  /** @returns false where the pipe is full; {@link Outbox.drained} must then be called when it is empty again. */
  write(bytes: Buffer): boolean;
}

/** What goes before each message, by its length. */
export interface Framing {
  size(length: number): number;
  /** @returns where the message begins. */
  write(length: number, into: Buffer, at: number): number;
}

export const NO_FRAMING: Framing = { size: () => 0, write: (_length, _into, at) => at };

export interface QueueLimits {
  /** For each subscription; more wait only where a client does not read. */
  maxEvents: number;
  maxBytes: number;
}

/** Flushes all outboxes that have something to write, once per turn of the event loop. */
export class Flusher {
  private dirty: Outbox[] = [];

  add(outbox: Outbox): void {
    if (this.dirty.push(outbox) === 1) setImmediate(() => this.flush());
  }

  private flush(): void {
    const { dirty } = this;
    this.dirty = [];
    for (const outbox of dirty) outbox.flush();
  }
}

/** A single write is not larger than this, in bytes, unless one message is. */
const MAX_WRITE = 65_536;

/** Messages without a subscription (pongs, refusals) that may wait before the connection is given up. */
const MAX_WAITING_MESSAGES = 1_000;

export class Outbox {
  private items: (Payload | Buffer)[] = [];
  private lanes: (Lane | undefined)[] = [];
  private overflown?: Lane[];
  private isDirty = false;
  private isFull = false;
  private isClosed = false;
  private messages = 0;
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
    lane.queuedEvents++;
    lane.queuedBytes += payload.bytes.length;
    this.items.push(payload);
    this.lanes.push(lane);
    this.schedule();
  }

  /** Whoever can wait should: undefined where there is room, else a promise that settles when nothing waits any more. */
  whenRead(lane: Lane): Promise<void> | undefined {
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
    if (++this.messages > MAX_WAITING_MESSAGES) return this.onFlooded();
    this.items.push(message);
    this.lanes.push(undefined);
    this.schedule();
  }

  /** Takes a subscription's waiting results away; a lane is used no more after that. */
  discard(lane: Lane): void {
    lane.isClosed = true;
    lane.settle();
    if (lane.queuedEvents === 0) return;
    const items: (Payload | Buffer)[] = [];
    const lanes: (Lane | undefined)[] = [];
    this.lanes.forEach((other, index) => {
      if (other === lane) return;
      items.push(this.items[index]!);
      lanes.push(other);
    });
    this.items = items;
    this.lanes = lanes;
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
    if (this.onFinished && this.items.length === 0) {
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
    for (const lane of this.lanes) if (lane) lane.settle();
    this.items = [];
    this.lanes = [];
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

  private write(): void {
    const { items } = this;
    if (this.isFull && items.length > 0) this.onQueued?.(items.length);
    let from = 0;
    while (from < items.length && !this.isFull) {
      let to = from;
      let size = 0;
      do size += this.sizeOf(to++);
      while (to < items.length && size < MAX_WRITE);
      const bytes = Buffer.allocUnsafe(size);
      for (let at = 0; from < to; from++) at = this.encode(from, bytes, at);
      this.isFull = !this.pipe.write(bytes);
    }
    if (from === 0) return;
    if (from === items.length) {
      this.items = [];
      this.lanes = [];
    } else {
      items.splice(0, from);
      this.lanes.splice(0, from);
    }
  }

  private lengthOf(index: number): number {
    const item = this.items[index]!;
    const lane = this.lanes[index];
    return lane ? lane.prefix.length + (item as Payload).bytes.length + lane.suffix.length : (item as Buffer).length;
  }

  private sizeOf(index: number): number {
    const length = this.lengthOf(index);
    return this.framing.size(length) + length;
  }

  private encode(index: number, into: Buffer, start: number): number {
    let at = this.framing.write(this.lengthOf(index), into, start);
    const lane = this.lanes[index];
    if (!lane) {
      this.messages--;
      const message = this.items[index] as Buffer;
      into.set(message, at);
      return at + message.length;
    }
    const { bytes, cursor } = this.items[index] as Payload;
    into.set(lane.prefix, at);
    into.set(bytes, (at += lane.prefix.length));
    into.set(lane.suffix, (at += bytes.length));
    lane.queuedEvents--;
    lane.queuedBytes -= bytes.length;
    if (lane.queuedEvents === 0) lane.settle();
    if (cursor !== undefined) lane.cursor = cursor;
    return at + lane.suffix.length;
  }
}
