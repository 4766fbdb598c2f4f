/** The newest end of one stream as this process knows it, shared by all its readers: one Redis channel, one position. */
import type { Bell } from './bell';
import type { EventRow, Stream } from './stream-kind';

/** A reader that has seen everything up to the tail's head and takes the rest as it comes. */
export interface TailReader {
  push(row: EventRow): void;
  /** Says that the tail has lost its continuity, so that the reader looks for itself. */
  detach(): void;
  /** Says that the numbers of events are others now: the reader goes on with a gap. */
  lose(): void;
  return(): Promise<unknown>;
}

export class StreamTail {
  /** The last `seq` handed to attached readers. */
  head = 0;
  readonly readers = new Set<TailReader>();
  readonly attached = new Set<TailReader>();
  /** Settles when `head` is known and bells are being heard (or will be, as soon as Redis is back). */
  readonly started: Promise<void>;
  private isStarted = false;
  private isReading = false;
  /** The highest `seq` that is known to exist. */
  private known = 0;
  /** When an event was first known that has not been delivered, by `performance.now()`; undefined if there is none. */
  private behindSince: number | undefined;
  private unlisten: Promise<() => void>;

  constructor(
    stream: Stream,
    bell: Bell,
    lastSeq: () => Promise<number>,
    private readonly read: (afterSeq: number) => Promise<{ rows: EventRow[] }>,
  ) {
    this.unlisten = bell.listen(stream, (row) => this.heard(row));
    this.started = this.start(bell, lastSeq);
    this.started.catch(() => undefined); // the opener of the stream gets the error
  }

  private async start(bell: Bell, lastSeq: () => Promise<number>): Promise<void> {
    // Listen first, look second: an event in between is heard.
    await bell.patiently(this.unlisten);
    this.head = await lastSeq();
    this.isStarted = true;
    this.reached(this.known);
  }

  /** The number of events that exist and have not been delivered, and for how long the first of them has been known. */
  get lag(): { events: number; ms: number } {
    if (this.behindSince === undefined || !this.isStarted) return { events: 0, ms: 0 };
    return { events: this.known - this.head, ms: performance.now() - this.behindSince };
  }

  /** Announces `seq`; reads the missing events up to it. */
  reached(seq: number): void {
    this.known = Math.max(this.known, seq);
    if (this.known > this.head) this.behindSince ??= performance.now();
    if (this.isStarted && this.known > this.head && !this.isReading) void this.readMissing();
  }

  private heard(row: EventRow): void {
    if (this.isStarted && !this.isReading && row.seq === this.head + 1) this.deliver(row);
    else this.reached(row.seq);
  }

  private async readMissing(): Promise<void> {
    this.isReading = true;
    try {
      while (this.known > this.head && this.readers.size > 0) {
        const { rows } = await this.read(this.head);
        for (const row of rows) this.deliver(row);
        if (rows.length === 0) this.skipTo(this.known); // retention was faster
      }
    } catch {
      // No reader is left to read for.
    } finally {
      this.isReading = false;
    }
  }

  private deliver(row: EventRow): void {
    this.head = row.seq;
    this.known = Math.max(this.known, row.seq);
    if (this.known === this.head) this.behindSince = undefined;
    for (const reader of [...this.attached]) reader.push(row);
  }

  private skipTo(seq: number): void {
    this.head = seq;
    this.behindSince = undefined;
    for (const reader of [...this.attached]) reader.detach();
  }

  /** Another epoch begins, after `lastSeq`. */
  beginAgain(lastSeq: number): void {
    this.head = this.known = lastSeq;
    this.behindSince = undefined;
    for (const reader of [...this.readers]) reader.lose();
  }

  stop(): void {
    this.attached.clear();
    void this.unlisten.then((unlisten) => unlisten()).catch(() => undefined);
  }
}
