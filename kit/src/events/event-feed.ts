/**
 * Live streams of event rows: in order, without loss or repetition, from now or from a given `seq` on.
 * Bells make them fast; PostgreSQL makes them complete (a jump in `seq`, a reconnect and a slow poll all lead to a read).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '../database/database';
import type { Logger } from '../logging';
import type { Bell } from './bell';
import type { EventLog, EventPage, EventRow } from './event-log';
import { FeedIterator } from './feed-iterator';
import { StreamTail } from './stream-tail';

/** What a reader gets: an event, or word that everything before `firstSeq` is gone for good. */
export type FeedItem = { kind: 'event'; row: EventRow } | { kind: 'gap'; firstSeq: number };

export interface EventFeedOptions {
  /** How often streams that somebody watches are compared with PostgreSQL, in milliseconds; bounds the delay of a lost bell. */
  pollMs?: number;
}

export class EventFeed implements AsyncDisposable {
  private readonly tails = new Map<string, StreamTail>();
  private readonly timer: NodeJS.Timeout;
  private readonly stopListening: () => void;
  private isPolling = false;

  constructor(
    readonly eventLog: EventLog,
    private readonly bell: Bell,
    private readonly fork: () => EntityManager,
    private readonly log: Logger,
    { pollMs = 2000 }: EventFeedOptions = {},
  ) {
    this.timer = setInterval(() => void this.poll(), pollMs).unref();
    this.stopListening = bell.onReconnected(() => void this.poll());
  }

  /**
   * Events of `stream` with a `seq` greater than `after`; without `after`, those that are committed from now on.
   * Resolves when the position is fixed (`startSeq`): whatever commits afterwards will come. The iterator ends at once on `return()`.
   * @throws where PostgreSQL is away at that moment; once open, a stream outlives it.
   */
  async open(stream: string, after?: number): Promise<FeedIterator> {
    const tail = this.tail(stream);
    const opening = { push() {}, detach() {}, return: () => Promise.resolve() };
    tail.readers.add(opening); // keeps the tail while it starts
    try {
      await tail.started;
      const iterator = new FeedIterator(
        tail,
        (seq) => this.read(stream, seq),
        after,
        () => this.release(stream, tail),
      );
      tail.readers.add(iterator);
      return iterator;
    } finally {
      tail.readers.delete(opening);
      this.release(stream, tail);
    }
  }

  private tail(stream: string): StreamTail {
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

  private release(stream: string, tail: StreamTail): void {
    if (tail.readers.size > 0 || this.tails.get(stream) !== tail) return;
    this.tails.delete(stream);
    tail.stop();
  }

  private read(stream: string, seq: number): Promise<EventPage> {
    return this.retrying(stream, () => this.eventLog.read(this.fork(), stream, seq));
  }

  /** A database that is away delays a stream; it does not end it. */
  private async retrying<T>(stream: string, read: () => Promise<T>): Promise<T> {
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
      const lastSeqs = await this.eventLog.lastSeqs(this.fork(), [...this.tails.keys()]);
      for (const [stream, seq] of lastSeqs) this.tails.get(stream)?.reached(seq);
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
