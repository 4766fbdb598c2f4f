/**
 * Merges subscribers with different cursors into one stream. Pure: it opens no upstream and reads no clock.
 *
 * A track is the event sequence of one upstream, with the members that follow it. A member with a cursor joins a track that still
 * remembers the cursor, or else opens a track of its own that catches up. When the last cursor of one track is among those that
 * another remembers, its members move: they receive the events that the other delivered since, and follow it from then on.
 *
 * Example: track A has delivered 1 to 9. A member that resumes from 7 gets 8 and 9 from A's memory and joins A. A member that
 * resumes from 3, which A has forgotten, opens track B after 3. When B delivers 7, its members receive 8 and 9 from A and join A,
 * and B's upstream is closed.
 *
 * Members receive the events since the last write together, as one array. Thousands of members do not fit into the processor's cache, so
 * going through them costs more than the events. Members that catch up receive each event at once, as they set the pace.
 *
 * Cursors are opaque; only equality counts. They must be unique within a stream.
 */

/** A delivered event. `cursor` is absent if its field failed. */
export interface Entry<Payload> {
  readonly cursor?: string;
  readonly payload: Payload;
}

/** Follows a track. Only {@link Tracks} sets `track`. */
export interface Member<Payload> {
  track?: Track<Payload>;
  /** `track` is set, and its events follow. */
  joined(track: Track<Payload>): void;
  /** The member's track has reached the end of the stream. */
  caughtUp(): void;
  /** The member's track has begun; see {@link Track.hasBegun}. */
  begun(): void;
  /** Receives consecutive events, at least one. Must not join or leave before it returns. */
  receive(payloads: readonly Payload[]): void;
}

/** How much history a track remembers. A member that resumes from within it needs no upstream of its own. */
export interface Memory<Payload> {
  maxEntries: number;
  maxBytes: number;
  sizeOf(payload: Payload): number;
}

/** A track with more bytes of events than this settles at once. */
const MAX_PENDING_BYTES = 65_536;

/** Calls back before the next write to the network. */
export type Defer = (settle: () => void) => void;

export class Track<Payload> {
  readonly members = new Set<Member<Payload>>();
  /** The last delivered cursor, or the one the track was opened with. An upstream resumes from here. */
  last?: string;
  /** Whether its upstream was live once. From then on no event is missed, or members are told of the gap. */
  hasBegun = false;
  private readonly recent: Entry<Payload>[] = [];
  /** Cursor → number of events delivered up to and including it. Holds the cursors of `recent` and the one just before. */
  private readonly positions = new Map<string, number>();
  private before?: string;
  private forgotten = 0;
  private bytes = 0;
  /** How many events had been delivered when {@link age} was last called. */
  private deliveredAtLastAge = 0;
  /** Delivered events that the members have not received yet. */
  private pending: Payload[] = [];
  private pendingBytes = 0;

  constructor(
    /** Whether the track is known to follow the end of the stream. A track opened from a cursor may be behind. */
    public isCurrent: boolean,
    cursor: string | undefined,
    private readonly memory: Memory<Payload>,
    private readonly defer: Defer,
  ) {
    if (cursor !== undefined) this.startsAt(cursor);
  }

  /** Sets the cursor at which the upstream begins. Call it while `last` is undefined; events without a cursor are forgotten. */
  startsAt(cursor: string): void {
    this.forgotten += this.recent.length;
    this.recent.length = this.bytes = 0;
    this.last = this.before = cursor;
    this.positions.set(cursor, this.forgotten);
  }

  /** The upstream is live. Safe to repeat. */
  begin(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    for (const member of this.members) member.begun();
  }

  /** The events delivered after `cursor`; undefined if the cursor is unknown or forgotten. */
  since(cursor: string): Entry<Payload>[] | undefined {
    const position = this.positions.get(cursor);
    return position === undefined ? undefined : this.recent.slice(position - this.forgotten);
  }

  /** Remembers an event. All members receive it when the track settles. */
  deliver(entry: Entry<Payload>): void {
    if (this.memory.maxEntries > 0) this.remember(entry);
    if (entry.cursor !== undefined) this.last = entry.cursor;
    this.pending.push(entry.payload);
    this.pendingBytes += this.memory.sizeOf(entry.payload);
    if (!this.isCurrent || this.pendingBytes > MAX_PENDING_BYTES) this.settle();
    else if (this.pending.length === 1) this.defer(() => this.settle());
  }

  /** The members receive all delivered events. Call it before they are told anything else. */
  settle(): void {
    const { pending } = this;
    if (pending.length === 0) return;
    this.pending = [];
    this.pendingBytes = 0;
    for (const member of this.members) member.receive(pending);
  }

  /** Forgets the events delivered before the last call. */
  age(): void {
    while (this.forgotten < this.deliveredAtLastAge) this.forget();
    this.deliveredAtLastAge = this.forgotten + this.recent.length;
  }

  private remember(entry: Entry<Payload>): void {
    this.recent.push(entry);
    this.bytes += this.memory.sizeOf(entry.payload);
    if (entry.cursor !== undefined) this.positions.set(entry.cursor, this.forgotten + this.recent.length);
    while (this.recent.length > this.memory.maxEntries || (this.bytes > this.memory.maxBytes && this.recent.length > 1))
      this.forget();
  }

  private forget(): void {
    const oldest = this.recent.shift()!;
    this.bytes -= this.memory.sizeOf(oldest.payload);
    this.forgotten++;
    if (this.before !== undefined) this.positions.delete(this.before);
    this.before = oldest.cursor;
  }
}

export class Tracks<Payload> {
  readonly all = new Set<Track<Payload>>();

  constructor(
    private readonly memory: Memory<Payload>,
    private readonly defer: Defer,
  ) {}

  /**
   * Adds a member after `cursor`, or at the end of the stream if it has none. The events that its track has delivered since reach
   * it before this returns. @returns the track if it is new: it needs an upstream that begins after `track.last`.
   */
  join(member: Member<Payload>, cursor?: string): Track<Payload> | undefined {
    for (const track of this.all) {
      const missed = cursor === undefined ? (track.isCurrent ? [] : undefined) : track.since(cursor);
      if (missed) return void this.admit(member, track, missed);
    }
    const opened = new Track(cursor === undefined, cursor, this.memory, this.defer);
    this.all.add(opened);
    this.admit(member, opened, []);
    return opened;
  }

  /** @returns the track if it lost its last member. It has been removed, and its upstream should be closed. */
  leave(member: Member<Payload>): Track<Payload> | undefined {
    const track = member.track;
    if (!track) return undefined;
    track.members.delete(member);
    member.track = undefined;
    return track.members.size === 0 && this.all.delete(track) ? track : undefined;
  }

  /** Delivers an event of a track's upstream. @returns the tracks that were merged into another; their upstreams should be closed. */
  deliver(track: Track<Payload>, entry: Entry<Payload>): Track<Payload>[] {
    if (!this.all.has(track)) return [];
    track.deliver(entry);
    if (entry.cursor === undefined || this.all.size === 1) return [];
    const gone: Track<Payload>[] = [];
    for (const other of this.all) {
      if (other === track || other.last !== entry.cursor) continue;
      this.move(other, track, []);
      gone.push(other);
    }
    for (const ahead of this.all) {
      const missed = ahead === track ? undefined : ahead.since(entry.cursor);
      if (!missed) continue;
      this.move(track, ahead, missed);
      gone.push(track);
      break;
    }
    return gone;
  }

  /** Call it periodically: tracks forget the events delivered before the last call. */
  age(): void {
    for (const track of this.all) track.age();
  }

  private admit(member: Member<Payload>, track: Track<Payload>, missed: Entry<Payload>[]): void {
    track.settle(); // or it would receive missed events twice
    track.members.add(member);
    member.track = track;
    member.joined(track);
    if (track.hasBegun) member.begun();
    if (missed.length > 0) member.receive(missed.map(({ payload }) => payload));
  }

  private move(from: Track<Payload>, to: Track<Payload>, missed: Entry<Payload>[]): void {
    this.all.delete(from);
    from.settle();
    if (from.isCurrent && !to.isCurrent) {
      to.isCurrent = true;
      for (const member of to.members) member.caughtUp();
    }
    for (const member of from.members) this.admit(member, to, missed);
    from.members.clear();
  }
}
