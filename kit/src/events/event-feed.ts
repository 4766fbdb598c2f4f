/**
 * Live streams of event rows: in order, without loss or repetition, from now or from a given `seq` on.
 * Bells make them fast; PostgreSQL makes them complete (a jump in `seq`, a reconnect and a slow poll all lead to a read).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '../database/database';
import type { Logger } from '../logging';
import { streamCursor, type StreamPosition } from '../graphql/cursor';
import type { Bell } from './bell';
import type { EventLog, EventPage } from './event-log';
import { EventEpoch } from './event-epoch';
import { FeedIterator, LOST } from './feed-iterator';
import type { EventMap, Stream } from './stream-kind';
import { StreamTail } from './stream-tail';

export type { FeedItem } from './feed-item';

export interface EventFeedOptions {
  /** How often streams that somebody watches are compared with PostgreSQL, in milliseconds; bounds the delay of a lost bell. */
  pollMs?: number;
}

export class EventFeed implements AsyncDisposable {
  private readonly tails = new Map<Stream, StreamTail>();
  private readonly timer: NodeJS.Timeout;
  private readonly stopListening: () => void;
  private isPolling = false;
  private readonly epoch: EventEpoch;

  constructor(
    readonly eventLog: EventLog,
    private readonly bell: Bell,
    private readonly fork: () => EntityManager,
    private readonly log: Logger,
    { pollMs = 2000 }: EventFeedOptions = {},
  ) {
    this.epoch = new EventEpoch(eventLog.schema, fork, log, () => this.beginAgain());
    this.timer = setInterval(() => void this.poll(), pollMs).unref();
    this.stopListening = bell.onReconnected(() => void this.poll());
  }

  /**
   * Events of `stream` after a place in it; without `after`, those that are committed from now on. A place of another epoch
   * leads to a gap, and so does a restore of the database under an open stream. A number is one of this epoch.
   * Resolves when the position is fixed (`startSeq`): all later commits will arrive. The iterator ends at once on `return()`.
   * @throws if PostgreSQL is away at that moment; an open stream survives an outage.
   */
  async open<Events extends EventMap>(
    stream: Stream<Events>,
    after?: number | StreamPosition,
  ): Promise<FeedIterator<Events>> {
    const epoch = await this.epoch.fresh();
    const position = typeof after === 'object' ? (after.epoch === epoch ? after.seq : LOST) : after;
    const tail = this.tail(stream);
    const opening = { push() {}, detach() {}, lose() {}, return: () => Promise.resolve() };
    tail.readers.add(opening); // keeps the tail while it starts
    try {
      await tail.started;
      const iterator = new FeedIterator<Events>(
        tail,
        (seq) => this.read(stream, seq),
        position,
        () => this.release(stream, tail),
      );
      tail.readers.add(iterator);
      return iterator;
    } finally {
      tail.readers.delete(opening);
      this.release(stream, tail);
    }
  }

  /** The cursor of a place in a stream, in the present epoch. @throws if PostgreSQL is away before the epoch is known. */
  async cursor(stream: string, seq: number): Promise<string> {
    return streamCursor(stream, { seq, epoch: this.epoch.current ?? (await this.epoch.fresh()) });
  }

  /** As {@link cursor}, for events of a stream that is open. */
  cursorOf(stream: string, seq: number): string {
    return streamCursor(stream, { seq, epoch: this.epoch.current ?? '' });
  }

  /** The name of a list that is sorted by numbers of events: its cursors belong to one epoch. */
  async listOf(name: string): Promise<string> {
    const epoch = await this.epoch.fresh();
    return epoch ? `${name}@${epoch}` : name;
  }

  /** Whether a position counts the events that have its numbers now. */
  async isCurrent({ epoch }: StreamPosition): Promise<boolean> {
    return epoch === (await this.epoch.fresh());
  }

  /** How far the readers of this process are behind the events that are known to exist. */
  lag(): { streams: number; events: number; seconds: number } {
    const lags = [...this.tails.values()].map(({ lag }) => lag);
    const events = lags.reduce((total, lag) => total + lag.events, 0);
    return { streams: lags.length, events, seconds: Math.max(0, ...lags.map(({ ms }) => ms)) / 1000 };
  }

  /** The numbers that readers have come to are not those of the events that come now. */
  private async beginAgain(): Promise<void> {
    const streams = [...this.tails.keys()];
    const lastSeqs = await this.eventLog.lastSeqs(this.fork(), streams);
    for (const stream of streams) this.tails.get(stream)?.beginAgain(lastSeqs.get(stream) ?? 0);
  }

  private tail(stream: Stream): StreamTail {
    let tail = this.tails.get(stream);
    if (!tail) {
      tail = new StreamTail(
        stream,
        this.bell,
        async () => (await this.eventLog.lastSeqs(this.fork(), [stream])).get(stream) ?? 0,
        (seq) => this.read(stream, seq),
      );
      this.tails.set(stream, tail);
    }
    return tail;
  }

  private release(stream: Stream, tail: StreamTail): void {
    if (tail.readers.size > 0 || this.tails.get(stream) !== tail) return;
    this.tails.delete(stream);
    tail.stop();
  }

  private read<Events extends EventMap>(stream: Stream<Events>, seq: number): Promise<EventPage<Events>> {
    return this.retrying(stream, () => this.eventLog.read(this.fork(), stream, seq));
  }

  /** A database that is away delays a stream; it does not end it. */
  private async retrying<T>(stream: Stream, read: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await read();
      } catch (error) {
        if (attempt === 0) this.log.warn({ err: error }, 'events could not be read; trying again');
        if (!this.tails.has(stream)) throw error; // nobody reads it any more
        await sleep(Math.min(100 * 2 ** attempt, 2000), undefined, { ref: false });
      }
    }
  }

  private async poll(): Promise<void> {
    if (this.isPolling || this.tails.size === 0) return;
    this.isPolling = true;
    try {
      await this.epoch.check();
      const lastSeqs = await this.eventLog.lastSeqs(this.fork(), [...this.tails.keys()]);
      for (const [stream, tail] of this.tails) tail.reached(lastSeqs.get(stream) ?? 0);
    } catch (error) {
      this.log.debug({ err: error }, 'streams could not be compared with PostgreSQL');
    } finally {
      this.isPolling = false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.timer);
    this.stopListening();
    for (const tail of this.tails.values()) for (const reader of [...tail.readers]) await reader.return();
  }
}
