/**
 * Reads one room twenty times a second while somebody follows it, and hands frames to the subscribers of this process. Each reading takes
 * the movements since the last one to Redis. A movement after a rest does not wait for the next tick. See docs/decisions/moves-with-ticks.md.
 */
import type { Logger } from '@chat/kit/logging';
import type { Move, MoveResult, Seats } from '../occupants/seats';
import { FrameMailbox } from './frame-mailbox';
import { FrameStream, TICK_HZ, type Known } from './frame-stream';
import type { FrameHead } from './frame';
import { RoomState } from './room-state';
import { nextTile, tileAt, tileKey, type Tile } from './tiles';

const TICK_MS = 1000 / TICK_HZ;
/** How often the whole state is read again, in ticks. It repairs whatever a reader of changes might have missed. */
const WHOLE_EVERY = 5 * TICK_HZ;
/** Streams without subscribers are forgotten after this many ticks. */
const FORGOTTEN_AFTER = 10 * TICK_HZ;

/** The most moves of one reading. */
const MAX_MOVES = 1_000;

export interface Following {
  userId: string | undefined;
  /** Frames per second: 1 to 20. */
  hz: number;
  /** Whether all changes come in every frame. */
  isEverything: boolean;
}

interface Subscriber extends Following {
  mailbox: FrameMailbox;
  /** Ticks between two frames. */
  every: number;
  tile: Tile;
  stream: string | undefined;
}

/** A move that has not been sent to Redis. */
export interface WaitingMove {
  move: Move;
  resolve: (result: MoveResult) => void;
  reject: (error: unknown) => void;
}

interface KnownStream {
  stream: FrameStream;
  every: number;
  usedAt: number;
}

const keyOf = ({ every, isEverything, tile }: Subscriber): string => `${every} ${isEverything ? 'all' : tileKey(tile)}`;

export class RoomTicker {
  private readonly state = new RoomState();
  private readonly subscribers = new Set<Subscriber>();
  private readonly streams = new Map<string, KnownStream>();
  private readonly timer: NodeJS.Timeout;
  private readonly moves: WaitingMove[] = [];
  private ticks = 0;
  private isReading = false;
  /** Whether a tick came while a reading was under way. */
  private isLate = false;
  private isFailing = false;
  /** When a stream of the full rate last had a frame with content, or a movement was read between two ticks. */
  private sentAt = -Infinity;

  constructor(
    private readonly roomId: string,
    private readonly seats: Seats,
    private readonly log: Logger,
    /** Called once nobody follows, with the moves that still wait, in their order. Nothing may be called after that. */
    private readonly onIdle: (moves: readonly WaitingMove[]) => void,
  ) {
    this.timer = setInterval(() => void this.tick(), TICK_MS).unref();
  }

  /** The first frame is full and comes at the next tick. */
  follow(following: Following): FrameMailbox {
    const subscriber: Subscriber = {
      ...following,
      every: Math.ceil(TICK_HZ / following.hz),
      tile: tileAt({ x: 0, z: 0 }),
      stream: undefined,
      mailbox: new FrameMailbox(() => {
        this.subscribers.delete(subscriber);
        if (this.subscribers.size > 0) return;
        clearInterval(this.timer);
        this.onIdle(this.moves.splice(0));
      }),
    };
    this.subscribers.add(subscriber);
    return subscriber.mailbox;
  }

  /**
   * Moves an avatar with the next reading, so in the order of the calls. After a rest that is at once; within a tick of the last frame it is the
   * next tick, so that streams keep their rates.
   */
  move(move: Move): Promise<MoveResult> {
    return new Promise((resolve, reject) => {
      this.moves.push({ move, resolve, reject });
      const now = performance.now();
      if (this.isReading || now - this.sentAt < TICK_MS) return;
      this.sentAt = now;
      // Further moves of this turn of the event loop come along.
      setImmediate(() => void this.read(false));
    });
  }

  private async tick(): Promise<void> {
    if (this.isReading) {
      this.isLate = true;
      return;
    }
    this.isLate = false;
    this.ticks++;
    await this.read(true);
  }

  /** @param isTick whether streams of lower rates have their turn */
  private async read(isTick: boolean): Promise<void> {
    if (this.isReading || this.subscribers.size === 0) return;
    this.isReading = true;
    const taken = this.moves.splice(0, MAX_MOVES);
    try {
      const since = isTick && this.ticks % WHOLE_EVERY === 0 ? '' : this.state.version;
      const moves = taken.map(({ move }) => move);
      const { results, changes } = await this.seats.turn(this.roomId, since, moves);
      // Before the frames, so that answers are sent first and share a write with them in the gateway.
      taken.forEach(({ resolve }, index) => resolve(results[index]!));
      this.state.apply(changes);
      this.isFailing = false;
      this.deliver(isTick);
    } catch (error) {
      for (const { reject } of taken) reject(error);
      // The next successful read must be a whole one: Redis may have lost its data.
      this.state.version = '';
      if (!this.isFailing) this.log.warn({ err: error }, 'a room could not be read; trying again');
      this.isFailing = true;
    } finally {
      this.isReading = false;
      // Moves do not wait for another tick if the last one was missed.
      if (this.isLate && this.moves.length > 0) setImmediate(() => void this.tick());
    }
  }

  private deliver(isTick: boolean): void {
    const now = Date.now();
    const { openedAt } = this.state;
    const head: FrameHead = {
      tick: openedAt > 0 ? Math.max(0, Math.floor((now - openedAt) / TICK_MS)) : 0,
      at: new Date(now),
      isFull: false,
    };
    const moved = this.changeTiles();
    const due = new Map<string, ReturnType<FrameStream['next']> | undefined>();
    const frameOf = (key: string, { stream, every }: KnownStream) => {
      if (!due.has(key)) {
        const isDue = every === 1 || (isTick && this.ticks % every === 0);
        const frame = isDue ? stream.next(head, this.ticks) : undefined;
        if (every === 1 && frame && !frame.isEmpty) this.sentAt = performance.now();
        due.set(key, frame);
      }
      return due.get(key);
    };
    for (const subscriber of this.subscribers) {
      const key = keyOf(subscriber);
      const known = this.streamOf(key, subscriber);
      const frame = frameOf(key, known); // before a full frame of the same stream
      if (subscriber.stream !== key) {
        const before = moved.get(subscriber);
        subscriber.stream = key;
        const first = before ? known.stream.transition(head, before) : known.stream.full(head);
        if (!subscriber.mailbox.push(first)) subscriber.stream = undefined;
      } else if (frame && !frame.isEmpty && !subscriber.mailbox.push(frame)) subscriber.stream = undefined;
    }
    if (isTick && this.ticks % FORGOTTEN_AFTER === 0)
      for (const [key, { usedAt }] of this.streams) if (this.ticks - usedAt > FORGOTTEN_AFTER) this.streams.delete(key);
  }

  /** Gives subscribers their tiles. @returns those that leave a stream, with what they know: its next frame will not reach them */
  private changeTiles(): Map<Subscriber, Known> {
    const moved = new Map<Subscriber, Known>();
    const knownIn = new Map<string, Known>();
    for (const subscriber of this.subscribers) {
      const own = subscriber.userId === undefined ? undefined : this.state.poses.get(subscriber.userId);
      if (own) subscriber.tile = nextTile(subscriber.tile, own.shown.position);
      const { stream: key } = subscriber;
      const left = key === undefined || key === keyOf(subscriber) ? undefined : this.streams.get(key);
      if (key === undefined || !left) continue;
      const known = knownIn.get(key) ?? left.stream.known();
      knownIn.set(key, known);
      moved.set(subscriber, known);
    }
    return moved;
  }

  private streamOf(key: string, { tile, isEverything, every }: Subscriber): KnownStream {
    let known = this.streams.get(key);
    if (!known) {
      known = { stream: new FrameStream(this.state, isEverything ? undefined : tile), every, usedAt: this.ticks };
      this.streams.set(key, known);
    }
    known.usedAt = this.ticks;
    return known;
  }
}
