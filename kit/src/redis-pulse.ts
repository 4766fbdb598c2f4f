/**
 * Whether one Redis connection answers, found out by pings. A closed connection tells by itself; a stopped server, a dropped
 * route or a slow link does not. Holds no commands and decides nothing about them.
 */
import type { Redis } from 'ioredis';

/** Pause between two beats while an answer is awaited, in milliseconds. Each beat sends a ping. */
const BEAT_MS = 100;

/** Pause between two pings while nobody waits for an answer, in milliseconds. */
const REST_MS = 1_000;

/**
 * A connection without an answer during more beats than this is silent: 300 to 425 ms. Beats and no clock, because a process that
 * was busy has heard nothing either.
 */
const PATIENCE_BEATS = 3;

/** Two answers in a row that took longer than this make a connection silent, in milliseconds. */
const SLOW_MS = 150;

/** Silence after which the connection is replaced, in milliseconds; doubles up to the maximum. */
const REPLACE_MS = 2_000;
const MAX_REPLACE_MS = 8_000;

export class RedisPulse {
  /**
   * When the latest answered ping was sent, by `performance.now()`. Answers and messages share the connection, so all
   * messages that Redis sent before this moment have been received.
   */
  answeredAt = -Infinity;
  private askedAt: number | undefined;
  private heardAt = performance.now(); // a new connection gets the same patience
  private dueAt = 0;
  /** The end of the latest period in which this process was too busy to beat. */
  private busyUntil = -Infinity;
  private silentBeats = 0;
  private slowAnswers = 0;
  private replaceAfterMs = REPLACE_MS;
  private replacedAt = performance.now();
  private isSilent = false;
  private timer: NodeJS.Timeout | undefined;
  private isResting = false;
  private hasEnded = false;
  private readonly listeners = new Set<(isAnswering: boolean) => void>();

  /**
   * @param ping must go out even if other commands are refused.
   * @param isAwaited whether a command waits for its answer. Call {@link attend} when that begins.
   * @param restMs pause between two pings while no answer is awaited
   */
  constructor(
    private readonly redis: Redis,
    private readonly ping: () => Promise<unknown>,
    private readonly isAwaited: () => boolean,
    private readonly restMs: number = REST_MS,
  ) {
    this.schedule();
    redis.on('ready', () => this.ask());
    redis.on('close', () => {
      this.askedAt = undefined;
      this.attend();
    });
    redis.once('end', () => {
      this.hasEnded = true;
      clearTimeout(this.timer);
    });
  }

  /** Begins to beat if the pulse rests. Cheap, so it may be called for every command. */
  attend(): void {
    if (this.isResting) this.schedule();
  }

  /** `false` if Redis is closed, silent or slow. A connection that has just begun counts as answering for a moment. */
  get isAnswering(): boolean {
    return !this.isSilent;
  }

  /** Calls `listener` on every change of {@link isAnswering}. */
  onChange(listener: (isAnswering: boolean) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** All pulses of the process beat at the same moments, so that it and Redis wake up once for the pings of all connections. */
  private schedule(): void {
    if (this.hasEnded) return;
    clearTimeout(this.timer);
    this.isResting = !this.mustBeat();
    const stepMs = this.isResting ? this.restMs : BEAT_MS;
    const now = performance.now();
    const pauseMs = stepMs - (now % stepMs);
    // Timers may be early by a millisecond.
    this.dueAt = now + (pauseMs < BEAT_MS / 4 ? pauseMs + stepMs : pauseMs);
    this.timer = setTimeout(() => this.beat(), this.dueAt - now).unref();
  }

  private mustBeat(): boolean {
    const isAsking = this.askedAt !== undefined || this.slowAnswers > 0;
    return isAsking || this.isSilent || this.redis.status !== 'ready' || this.isAwaited();
  }

  private beat(): void {
    const now = performance.now();
    if (now - this.dueAt > BEAT_MS) this.busyUntil = now;
    if (this.isResting || this.mustBeat()) {
      this.silentBeats++;
      this.ask();
      // If this process was busy, answers wait in the socket: `setImmediate` runs after they are read.
      if (this.isLate()) setImmediate(() => this.isLate() && this.set(true));
      this.replaceIfDead();
    }
    this.schedule();
  }

  private isLate(): boolean {
    return this.silentBeats > PATIENCE_BEATS;
  }

  private ask(): void {
    if (this.askedAt !== undefined || this.redis.status !== 'ready') return;
    const askedAt = (this.askedAt = performance.now());
    this.ping().then(
      () => this.answered(askedAt),
      () => undefined,
    );
  }

  private answered(askedAt: number): void {
    if (this.askedAt !== askedAt) return; // a ping of an earlier connection, sent again
    this.askedAt = undefined;
    this.answeredAt = askedAt;
    this.heardAt = performance.now();
    this.silentBeats = 0;
    this.replaceAfterMs = REPLACE_MS;
    if (this.heardAt - askedAt <= SLOW_MS) this.slowAnswers = 0;
    else if (this.busyUntil < askedAt) this.slowAnswers++; // otherwise this process was slow
    if (this.slowAnswers === 0) this.set(false);
    else if (this.slowAnswers > 1) this.set(true);
    if (!this.mustBeat()) this.schedule();
  }

  private set(isSilent: boolean): void {
    if (isSilent === this.isSilent) return;
    this.isSilent = isSilent;
    for (const listener of this.listeners) listener(!isSilent);
  }

  /** A dropped route may stay dropped for this connection alone. */
  private replaceIfDead(): void {
    if (!this.isLate()) return;
    const now = performance.now();
    if (now - Math.max(this.heardAt, this.replacedAt) < this.replaceAfterMs) return;
    if (!['connecting', 'connect', 'ready'].includes(this.redis.status)) return;
    // While ioredis asks Sentinels for the master, a disconnect would end the connection for good. Its own deadlines end the attempt.
    if (this.redis.options.sentinels && this.redis.status === 'connecting') return;
    this.replacedAt = now;
    this.replaceAfterMs = Math.min(2 * this.replaceAfterMs, MAX_REPLACE_MS);
    this.redis.disconnect(true);
  }
}
