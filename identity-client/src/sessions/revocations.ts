/**
 * Sessions that ended before their tokens expire. Identity writes, every gateway reads. Redis stores the list; each reader keeps the whole
 * (small) set in memory, so that a lookup is free and works while Redis does not answer.
 */
import type { Redis } from 'ioredis';
import type { Logger } from '@chat/kit/logging';
import type { Viewer } from '@chat/kit/auth/viewer';
import { isAnswering, listen } from '@chat/kit/redis';

type Listener = (revocation: { sessionId: string }) => void;

const KEY = 'revocations';
/** Suffix of the mark beside the list, lost together with it, that the list is complete. */
const COMPLETE = ':complete';
/** Delay of the retry if the list cannot be read, in milliseconds. */
const RETRY_MS = 250;

/** Publishes ended sessions. Readers receive them within milliseconds, and after a restart until `untilMs`. */
export class RevocationWriter {
  constructor(
    private readonly redis: Redis,
    private readonly prefix = '',
  ) {}

  /**
   * Idempotent. `untilMs` (milliseconds since 1970) is the expiry of the last access token of these sessions.
   * @throws if Redis does not answer; PostgreSQL has the change, so the caller retries later
   */
  async revoke(sessionIds: readonly string[], untilMs: number): Promise<void> {
    if (sessionIds.length === 0) return;
    const key = this.prefix + KEY;
    const write = this.redis.multi();
    write.zremrangebyscore(key, 0, Date.now());
    for (const sessionId of sessionIds) write.zadd(key, 'GT', untilMs, sessionId);
    for (const sessionId of sessionIds) write.publish(key, JSON.stringify({ sessionId, untilMs }));
    await write.exec();
  }

  /** Marks the list as complete. Call it once the list is rewritten. @throws if Redis does not answer */
  async markComplete(): Promise<void> {
    const key = this.prefix + KEY;
    const write = this.redis.multi().set(key + COMPLETE, 1);
    await write.publish(key, JSON.stringify({ isComplete: true })).exec();
  }
}

/** The revoked sessions that this process has received. `subscriber` must be a connection for subscribing only. */
export class Revocations implements AsyncDisposable {
  private readonly revoked = new Map<string, number>();
  private readonly listeners = new Set<Listener>();
  private readonly sweep: NodeJS.Timeout;
  private readonly stopListening: () => Promise<void>;
  private isHeard = false;
  /** Incremented when the connection is lost, because a list that was read before may lack later entries. */
  private losses = 0;
  private retry?: NodeJS.Timeout;

  constructor(
    private readonly redis: Redis,
    private readonly subscriber: Redis,
    private readonly log: Logger,
    private readonly prefix = '',
  ) {
    const hear = (text: string) => {
      const message = JSON.parse(text) as { isComplete: true } | { sessionId: string; untilMs: number };
      if ('sessionId' in message) this.add(message.sessionId, message.untilMs);
      else void this.load();
    };
    subscriber.on('close', this.onLost);
    this.stopListening = listen(subscriber, prefix + KEY, hear, () => void this.load());
    this.sweep = setInterval(() => this.forgetExpired(), 60_000).unref();
  }

  isRevoked(viewer: Pick<Viewer, 'sessionId'>): boolean {
    return this.revoked.has(viewer.sessionId);
  }

  /**
   * Whether every ended session is known: the list was complete when it was read, and additions are received. If false,
   * {@link isRevoked} may miss some, and only PostgreSQL has them all.
   */
  get isCurrent(): boolean {
    return this.isHeard && isAnswering(this.subscriber);
  }

  /** Calls `listener` once for each session that is revoked from now on, or found revoked after an outage of Redis. */
  onRevoked(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async load(): Promise<void> {
    const { losses } = this;
    clearTimeout(this.retry);
    try {
      const isComplete = (await this.redis.exists(this.prefix + KEY + COMPLETE)) === 1; // read before the list, so that the mark covers it
      const rows = await this.redis.zrange(this.prefix + KEY, Date.now(), '+inf', 'BYSCORE', 'WITHSCORES');
      for (let i = 0; i < rows.length; i += 2) this.add(rows[i]!, Number(rows[i + 1]));
      if (losses === this.losses) this.setHeard(isComplete);
    } catch (error) {
      if (losses !== this.losses) return; // read again when Redis is back
      this.log.warn({ err: error }, 'revoked sessions could not be read; trying again');
      this.retry = setTimeout(() => void this.load(), RETRY_MS).unref();
    }
  }

  private readonly onLost = (): void => {
    this.losses++;
    clearTimeout(this.retry);
    this.setHeard(false);
  };

  private setHeard(isHeard: boolean): void {
    if (isHeard === this.isHeard) return;
    this.isHeard = isHeard;
    if (isHeard) this.log.info('revocations are received');
    else this.log.warn('revocations may be missed at the moment');
  }

  private add(sessionId: string, untilMs: number): void {
    const isNew = !this.revoked.has(sessionId);
    this.revoked.set(sessionId, untilMs);
    if (isNew) for (const listener of this.listeners) listener({ sessionId });
  }

  private forgetExpired(): void {
    const now = Date.now();
    for (const [sessionId, untilMs] of this.revoked) if (untilMs < now) this.revoked.delete(sessionId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.sweep);
    this.subscriber.off('close', this.onLost);
    this.losses++;
    clearTimeout(this.retry);
    this.listeners.clear();
    await this.stopListening();
  }
}
