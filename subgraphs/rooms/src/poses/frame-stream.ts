/**
 * The frames of one tile at one rate. Everybody in the tile with the same rate gets the same objects.
 *
 * Interest: the occupants nearest to the tile's centre are in every frame; further ones are sent four times a second, the stalest and
 * nearest first, and at most {@link FAR_ROWS} of them, so that a frame's size is bounded in any crowd. A stream without interest sends
 * all changes in every frame.
 */
import { Frame, type FrameHead } from './frame';
import type { RoomState, StatePose } from './room-state';
import { distanceFrom, type Tile } from './tiles';

/** Ticks per second. */
export const TICK_HZ = 20;
/** The nearest twelve, and the viewer among them. */
const NEAR = 13;
/** Ticks between two frames that have further occupants. */
const FAR_EVERY = 5;
/** The most further occupants of one frame. */
const FAR_ROWS = 32;

/** The version of an occupant that subscribers know from elsewhere, or not at all. */
const UNSENT = -1;
/** The version of an occupant. All subscribers know its slot, and some have an older pose. */
const STALE = -2;

interface Sent {
  /** Of the pose, or one of those above. */
  version: number;
  /** As last sent; undefined if its names must be sent again. */
  pose: StatePose | undefined;
  /** The number of the frame. */
  frame: number;
  slot: number;
}

/** The occupants that a subscriber of a stream knows, as they were sent. */
export type Known = ReadonlyMap<string, Readonly<Sent>>;

export class FrameStream {
  private readonly sent = new Map<string, Sent>();
  private near = new Set<string>();
  private frames = 0;
  private farAt = -Infinity;

  /** @param tile undefined for all changes of the room in every frame */
  constructor(
    private readonly state: RoomState,
    private readonly tile: Tile | undefined,
  ) {}

  /**
   * The next frame, with the changes since the last one.
   * @param turn the number of the tick in this process. It never falls, unlike `head.tick`, which restarts when an empty room is opened again.
   */
  next(head: FrameHead, turn: number): Frame {
    this.frames++;
    const left = [...this.sent.keys()].filter((userId) => !this.state.poses.has(userId));
    for (const userId of left) this.sent.delete(userId);
    const changed: StatePose[] = [];
    for (const pose of this.state.poses.values())
      if (this.sent.get(pose.userId)?.version !== pose.version) changed.push(pose);
    const rows = this.tile ? this.choose(changed, this.tile, turn) : changed;
    const named = rows.filter((pose) => !this.sent.get(pose.userId)?.pose?.hasNamesOf(pose.shown));
    return new Frame({ ...head, isFull: false }, rows, named, this.mark(rows), left);
  }

  /** A frame for a subscriber that joins the stream. The stream will tell it of all later changes and departures. */
  full(head: FrameHead): Frame {
    const rows = [...this.state.poses.values()];
    for (const { userId, slot, shown } of rows) {
      const before = this.sent.get(userId);
      if (!before) this.sent.set(userId, { version: UNSENT, pose: undefined, frame: this.frames, slot });
      // Subscribers know different names from now on, so the next row of this occupant has them.
      else if (!before.pose?.hasNamesOf(shown)) before.pose = undefined;
    }
    const joined = rows.map(({ userId, slot }) => ({ userId, slot }));
    return new Frame({ ...head, isFull: true }, rows, rows, joined, []);
  }

  /** What subscribers know now. */
  known(): Known {
    return new Map(this.sent);
  }

  /**
   * A frame for a subscriber that comes from another stream of the room, with what it knew there. It has the nearest occupants. The stream
   * sends the further ones that the subscriber has in another state with its next frames, and tells it of all later departures.
   */
  transition(head: FrameHead, known: Known): Frame {
    const rows: StatePose[] = [];
    const joined: { slot: number; userId: string }[] = [];
    const isNear = ({ userId }: StatePose) => this.state.poses.size <= NEAR || this.near.has(userId);
    for (const pose of this.state.poses.values()) {
      const { userId, slot, shown } = pose;
      const told = known.get(userId);
      const sent = this.sent.get(userId);
      const isKnown = told !== undefined && told.version !== UNSENT && told.slot === slot;
      if (!sent) {
        if (told) this.sent.set(userId, { version: UNSENT, pose: undefined, frame: this.frames, slot });
      } else if (!isKnown || told.version !== sent.version || !told.pose) {
        if (!isNear(pose)) {
          const version = isKnown && sent.version !== UNSENT ? STALE : UNSENT;
          this.sent.set(userId, { ...sent, version, pose: undefined });
        } else if (!sent.pose?.hasNamesOf(shown)) sent.pose = undefined; // as in a full frame
      }
      if (!isNear(pose) || (isKnown && told.version === pose.version && told.pose)) continue;
      rows.push(pose);
      if (!isKnown) joined.push({ slot, userId });
    }
    const named = rows.filter(({ userId, shown }) => !known.get(userId)?.pose?.hasNamesOf(shown));
    const left = [...known.keys()].filter((userId) => !this.state.poses.has(userId));
    return new Frame({ ...head, isFull: false }, rows, named, joined, left);
  }

  /** Records the rows as sent. @returns those with slots that are new to the stream */
  private mark(rows: readonly StatePose[]): { slot: number; userId: string }[] {
    const joined: { slot: number; userId: string }[] = [];
    for (const pose of rows) {
      const { userId, slot, version } = pose;
      const before = this.sent.get(userId);
      if (before?.slot !== slot || before.version === UNSENT) joined.push({ slot, userId });
      this.sent.set(userId, { version, pose, frame: this.frames, slot });
    }
    return joined;
  }

  private choose(changed: readonly StatePose[], tile: Tile, turn: number): StatePose[] {
    if (this.state.poses.size <= NEAR) return [...changed];
    const isFarTurn = turn - this.farAt >= FAR_EVERY;
    if (isFarTurn) {
      this.farAt = turn;
      this.near = this.nearest(tile);
    }
    const rows = changed.filter(({ userId }) => this.near.has(userId));
    if (!isFarTurn) return rows;
    const far = changed.filter(({ userId }) => !this.near.has(userId));
    if (far.length <= FAR_ROWS) return [...rows, ...far];
    const urgency = new Map(far.map((pose) => [pose, this.urgency(pose, tile)]));
    return [...rows, ...far.sort((a, b) => urgency.get(b)! - urgency.get(a)!).slice(0, FAR_ROWS)];
  }

  /** Occupants that were never sent come first. */
  private urgency({ userId, shown }: StatePose, tile: Tile): number {
    const before = this.sent.get(userId);
    return before ? (this.frames - before.frame) / (1 + distanceFrom(tile, shown.position) / 8) : Infinity;
  }

  private nearest(tile: Tile): Set<string> {
    const byDistance = [...this.state.poses.values()].map(
      ({ userId, shown }) => [distanceFrom(tile, shown.position), userId] as const,
    );
    return new Set(
      byDistance
        .sort(([a], [b]) => a - b)
        .slice(0, NEAR)
        .map(([, userId]) => userId),
    );
  }
}
