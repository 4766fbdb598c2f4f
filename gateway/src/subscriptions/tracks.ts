/**
 * How subscribers with different cursors come to share one stream. Pure: it starts no upstream and reads no clock.
 *
 * A track is one upstream's run of events and the members who follow it. A member with a cursor joins a track that has
 * seen that cursor lately, or else opens one of its own that catches up. As soon as the last cursor of one track is among
 * those that another has seen, its members move over: they are given what the other delivered since, and go on there.
 * Cursors are opaque; only equality counts. They must be unique within a stream.
 */

/** A delivered event. `cursor` is absent where the event has none (its field failed). */
export interface Entry<Payload> {
  readonly cursor?: string;
  readonly payload: Payload;
}

/** Whoever follows a track; `track` is kept by {@link Tracks} alone. */
export interface Member<Payload> {
  track?: Track<Payload>;
  /** Must not join or leave before it returns. */
  receive(payload: Payload): void;
}

/** How much of the recent past a track remembers; whoever resumes from within it needs no upstream of its own. */
export interface Memory<Payload> {
  maxEntries: number;
  maxBytes: number;
  sizeOf(payload: Payload): number;
}

export class Track<Payload> {
  readonly members = new Set<Member<Payload>>();
  /** The last cursor that was delivered, or the one it was opened with: an upstream resumes from here. */
  last?: string;
  private readonly recent: Entry<Payload>[] = [];
  /** Cursor → how many events had been delivered with it and before. Holds those of `recent`, and of what came just before them. */
  private readonly positions = new Map<string, number>();
  private before?: string;
  private forgotten = 0;
  private bytes = 0;
  /** How many events had been delivered when {@link age} was last called. */
  private known = 0;

  constructor(
    /** Whether it follows the stream's end, and not (perhaps) a part of its past. */
    public isCurrent: boolean,
    cursor: string | undefined,
    private readonly memory: Memory<Payload>,
  ) {
    if (cursor !== undefined) this.startsAt(cursor);
  }

  /** The upstream says where it begins. Call it where there is no `last` yet: what was delivered before can be resumed by nobody. */
  startsAt(cursor: string): void {
    this.forgotten += this.recent.length;
    this.recent.length = this.bytes = 0;
    this.last = this.before = cursor;
    this.positions.set(cursor, this.forgotten);
  }

  /** What was delivered after `cursor`; undefined where the cursor has not been seen or is forgotten. */
  since(cursor: string): Entry<Payload>[] | undefined {
    const position = this.positions.get(cursor);
    return position === undefined ? undefined : this.recent.slice(position - this.forgotten);
  }

  /** Takes over an event and gives it to all members. */
  deliver(entry: Entry<Payload>): void {
    if (this.memory.maxEntries > 0) this.remember(entry);
    if (entry.cursor !== undefined) this.last = entry.cursor;
    for (const member of this.members) member.receive(entry.payload);
  }

  /** Forgets what was delivered before the last call. */
  age(): void {
    while (this.forgotten < this.known) this.forget();
    this.known = this.forgotten + this.recent.length;
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

  constructor(private readonly memory: Memory<Payload>) {}

  /**
   * Lets a member in after `cursor`, or from now on where it has none. What the track has delivered since is given to it
   * before this returns. @returns the track where it was opened just now: it needs an upstream from `track.last`.
   */
  join(member: Member<Payload>, cursor?: string): Track<Payload> | undefined {
    for (const track of this.all) {
      const missed = cursor === undefined ? (track.isCurrent ? [] : undefined) : track.since(cursor);
      if (missed) return void this.admit(member, track, missed);
    }
    const opened = new Track(cursor === undefined, cursor, this.memory);
    this.all.add(opened);
    this.admit(member, opened, []);
    return opened;
  }

  /** @returns the track that nobody follows any more, if it is so; it is gone, and its upstream has no use. */
  leave(member: Member<Payload>): Track<Payload> | undefined {
    const track = member.track;
    if (!track) return undefined;
    track.members.delete(member);
    member.track = undefined;
    return track.members.size === 0 && this.all.delete(track) ? track : undefined;
  }

  /** Delivers an event of a track's upstream. @returns the tracks that have become one with another and are gone. */
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

  /** Call it now and then: tracks forget what was delivered before the last call. */
  age(): void {
    for (const track of this.all) track.age();
  }

  private admit(member: Member<Payload>, track: Track<Payload>, missed: Entry<Payload>[]): void {
    track.members.add(member);
    member.track = track;
    for (const entry of missed) member.receive(entry.payload);
  }

  private move(from: Track<Payload>, to: Track<Payload>, missed: Entry<Payload>[]): void {
    this.all.delete(from);
    to.isCurrent ||= from.isCurrent;
    for (const member of from.members) this.admit(member, to, missed);
    from.members.clear();
  }
}
