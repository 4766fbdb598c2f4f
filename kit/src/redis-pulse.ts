/**
 * Whether one Redis connection answers, found out by pings. A closed connection tells by itself; a stopped server, a dropped
 * route or a slow link does not. Holds no commands and decides nothing about them.
 */
import type { Redis } from 'ioredis';

/** Pause between two pings, in milliseconds. */
const PING_MS = 100;

/** A connection without an answer for this long is silent, in milliseconds. */
const PATIENCE_MS = 300;

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
  private slowAnswers = 0;
  private replaceAfterMs = REPLACE_MS;
  private replacedAt = performance.now();
  private isSilent = false;
  private readonly timer: NodeJS.Timeout;
  private readonly listeners = new Set<(isAnswering: boolean) => void>();

  /** @param ping must go out even if other commands are refused. */
  constructor(
    private readonly redis: Redis,
    private readonly ping: () => Promise<unknown>,
  ) {
    this.timer = setInterval(() => this.beat(), PING_MS).unref();
    redis.on('ready', () => this.ask());
    redis.on('close', () => (this.askedAt = undefined));
    redis.once('end', () => clearInterval(this.timer));
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

  private beat(): void {
    this.ask();
    // If this process was busy, answers wait in the socket: `setImmediate` runs after they are read.
    if (this.isLate()) setImmediate(() => this.isLate() && this.set(true));
    this.replaceIfDead();
  }

  private isLate(): boolean {
    return performance.now() - this.heardAt > PATIENCE_MS;
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
    this.replaceAfterMs = REPLACE_MS;
    this.slowAnswers = this.heardAt - askedAt > SLOW_MS ? this.slowAnswers + 1 : 0;
    if (this.slowAnswers === 0) this.set(false);
    else if (this.slowAnswers > 1) this.set(true);
  }

  private set(isSilent: boolean): void {
    if (isSilent === this.isSilent) return;
    this.isSilent = isSilent;
    for (const listener of this.listeners) listener(!isSilent);
  }

  /** A dropped route may stay dropped for this connection alone. */
  private replaceIfDead(): void {
    const now = performance.now();
    if (now - Math.max(this.heardAt, this.replacedAt) < this.replaceAfterMs) return;
    if (!['connecting', 'connect', 'ready'].includes(this.redis.status)) return;
    this.replacedAt = now;
    this.replaceAfterMs = Math.min(2 * this.replaceAfterMs, MAX_REPLACE_MS);
    this.redis.disconnect(true);
  }
}
