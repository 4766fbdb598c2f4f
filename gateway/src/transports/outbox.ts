/**
 * The send queue of one connection. Messages that become ready in one event-loop turn are coalesced into one write. If a client
 * does not read, messages are queued up to a limit, and then its subscription ends. Nothing is dropped silently.
 */
import type { Payload } from '../subscriptions/sink';
import { Encoder, type Framing } from './encoder';
import type { Lane } from './lane';
import { Queue, type Item } from './queue';

/** The writable side of a connection. */
export interface Pipe {
  /** @returns false if the pipe is full. {@link Outbox.drained} must be called once it is empty. */
  write(bytes: Buffer): boolean;
}

export interface QueueLimits {
  /** Per subscription. */
  maxEvents: number;
  maxBytes: number;
}

/** Longest pause between flushes under load, in milliseconds. */
const MAX_PAUSE_MS = 10;
/** How long a message that can wait for another one does so, in milliseconds. */
const PATIENCE_MS = 50;

/**
 * Flushes all dirty outboxes together, once per event-loop turn. After a long flush it pauses for as long as the flush took, so that
 * more messages share a write: a write is expensive, and a longer write hardly more so.
 */
export class Flusher {
  readonly encoder = new Encoder();
  private dirty: Outbox[] = [];
  private patient: Outbox[] = [];
  /** Called when a flush begins. */
  private fillers: (() => void)[] = [];
  private isScheduled = false;
  private pausedUntil = 0;

  add(outbox: Outbox): void {
    this.dirty.push(outbox);
    this.schedule();
  }

  /** Calls `fill` when the next flush begins, which writes what is queued then. */
  readonly beforeFlush = (fill: () => void): void => {
    this.fillers.push(fill);
    this.schedule();
  };

  /** As {@link add}, within {@link PATIENCE_MS}. */
  addPatient(outbox: Outbox): void {
    if (this.patient.push(outbox) > 1) return;
    setTimeout(() => {
      const { patient } = this;
      this.patient = [];
      for (const waiting of patient) waiting.endPatience();
    }, PATIENCE_MS);
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    const pauseMs = this.pausedUntil - performance.now();
    if (pauseMs < 1) setImmediate(() => this.flush());
    else setTimeout(() => this.flush(), pauseMs);
  }

  private flush(): void {
    const began = performance.now();
    const { fillers } = this;
    this.fillers = [];
    for (const fill of fillers) fill();
    const { dirty } = this;
    this.dirty = [];
    this.isScheduled = false;
    for (const outbox of dirty) outbox.flush();
    this.encoder.forget();
    const ended = performance.now();
    this.pausedUntil = ended + Math.min(ended - began, MAX_PAUSE_MS);
  }
}

/** Limits for queued messages without a subscription (pongs, refusals). Beyond them the connection is ended. */
const MAX_QUEUED_MESSAGES = 1_000;
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;

export class Outbox {
  private queue = Queue.EMPTY;
  private overflown?: Lane[];
  private isDirty = false;
  /** Whether messages wait that need no flush of their own yet. */
  private isPatient = false;
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
    /** Must end the connection: the client sends requests without reading responses. */
    private readonly onFlooded: () => void,
    private readonly onQueued?: (depth: number) => void,
  ) {}

  /** Queues consecutive results. */
  push(lane: Lane, payloads: readonly Payload[]): void {
    if (lane.isClosed || this.isClosed) return;
    if (this.exceedsLimits(lane, payloads)) {
      this.write(); // results of this turn have not been written yet
      if (this.exceedsLimits(lane, payloads)) {
        if (payloads.length === 1) return this.overflow(lane);
        for (const payload of payloads) this.push(lane, [payload]);
        return;
      }
    }
    lane.queued(payloads);
    const canWait = payloads.every((payload) => payload.canWait);
    this.add(payloads, lane, canWait);
  }

  /** Undefined if there is room for more, else a promise that settles when the lane is empty. */
  whenDrained(lane: Lane): Promise<void> | undefined {
    const { maxEvents, maxBytes } = this.limits;
    if (lane.isClosed || (lane.queuedEvents * 2 < maxEvents && lane.queuedBytes * 2 < maxBytes)) return undefined;
    return lane.emptied();
  }

  /** Ends a subscription if its client reads too slowly. */
  overflow(lane: Lane): void {
    if (lane.isClosed || this.isClosed) return;
    lane.isClosed = true;
    (this.overflown ??= []).push(lane);
    this.schedule();
  }

  /** Queues a message without a subscription. @param canWait as in Payload */
  send(message: Buffer, canWait = false): void {
    if (this.isClosed) return;
    if (this.isFlooded) this.write(); // as in push
    if (this.isFlooded) return this.onFlooded();
    this.messages++;
    this.messageBytes += message.length;
    this.add(message, undefined, canWait);
  }

  /** Removes a subscription's queued results and closes its lane. */
  discard(lane: Lane): void {
    lane.isClosed = true;
    lane.settle();
    if (lane.queuedEvents === 0) return;
    const { queue } = this;
    this.queue = queue.filter((index) => queue.laneOf(index) !== lane);
    lane.queuedEvents = lane.queuedBytes = 0;
  }

  /** Call it when the pipe is empty. */
  drained(): void {
    this.isFull = false;
    this.flush();
  }

  endPatience(): void {
    if (this.isPatient) this.schedule();
  }

  flush(): void {
    this.isDirty = this.isPatient = false;
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

  /** Whether the pipe is full because the client does not read. */
  get isStuck(): boolean {
    return this.isFull;
  }

  /** Accepts nothing more, and calls `then` once the queue has been written. */
  finish(then: () => void): void {
    this.isClosed = true;
    this.onFinished = then;
    this.flush();
  }

  /** The connection has closed; nothing is written after this. */
  close(): void {
    this.isClosed = this.isFull = true;
    for (let index = 0; index < this.queue.items.length; index++) this.queue.laneOf(index)?.settle();
    this.queue = Queue.EMPTY;
  }

  private get isFlooded(): boolean {
    return this.messages >= MAX_QUEUED_MESSAGES || this.messageBytes >= MAX_QUEUED_BYTES;
  }

  private schedule(): void {
    if (this.isDirty) return;
    this.isDirty = true;
    this.flusher.add(this);
  }

  /** A single result may have any length. */
  private exceedsLimits(lane: Lane, payloads: readonly Payload[]): boolean {
    const { maxEvents, maxBytes } = this.limits;
    const events = lane.queuedEvents + payloads.length;
    let bytes = lane.queuedBytes;
    for (const payload of payloads) bytes += payload.bytes.length;
    return events > maxEvents || (events > 1 && bytes > maxBytes);
  }

  private add(item: Item, lane: Lane | undefined, canWait: boolean | undefined): void {
    if (this.queue === Queue.EMPTY) this.queue = new Queue(lane);
    this.queue.add(item, lane);
    if (!canWait) return this.schedule();
    if (this.isDirty || this.isPatient) return;
    this.isPatient = true;
    this.flusher.addPatient(this);
  }

  private write(): void {
    const { queue } = this;
    const { items } = queue;
    if (this.isFull && items.length > 0) this.onQueued?.(items.length);
    let from = 0;
    while (from < items.length && !this.isFull) {
      const { bytes, to } = this.flusher.encoder.encode(this.framing, queue, from);
      this.dequeued(queue, from, to);
      from = to;
      this.isFull = !this.pipe.write(bytes);
    }
    if (from > 0) this.queue = from === items.length ? Queue.EMPTY : queue.filter((index) => index >= from);
  }

  /** Updates the counters of items that were handed to the network. */
  private dequeued(queue: Queue, from: number, to: number): void {
    const { items, onlyLane } = queue;
    if (onlyLane && from === 0 && to === items.length) return onlyLane.dequeuedAll();
    for (let index = from; index < to; index++) {
      const lane = queue.laneOf(index);
      if (lane) lane.dequeued(items[index] as readonly Payload[]);
      else {
        this.messages--;
        this.messageBytes -= (items[index] as Buffer).length;
      }
    }
  }
}
