/**
 * Which sessions have been ended before their tokens expire. Identity writes, every gateway reads.
 * Redis carries it; each reader holds the whole (small) set in memory, so that asking costs nothing and works while Redis is away.
 */
import type { Redis } from 'ioredis';
import type { Logger } from '@chat/kit/logging';
import type { Viewer } from '@chat/kit/auth/viewer';
import { isAnswering, listen } from '@chat/kit/redis';

type Listener = (revocation: { sessionId: string }) => void;

const KEY = 'revocations';
/** Beside the list in Redis, and lost with it: says that the list is whole. */
const COMPLETE = ':complete';
/** When the list is read again after that has failed, in milliseconds. */
const RETRY_MS = 250;

/** Ends sessions: readers see it within milliseconds, and again after a restart until `untilMs`. */
export class RevocationWriter {
  constructor(
    private readonly redis: Redis,
    private readonly prefix = '',
  ) {}

  /**
   * Safe to repeat. `untilMs` (milliseconds since 1970): when the last access token of these sessions has expired anyway.
   * @throws where Redis is away; the truth is in PostgreSQL, so the caller repeats it later.
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

  /** Says that the list holds everything that has ended: call it when it was written anew. @throws where Redis is away. */
  async markComplete(): Promise<void> {
    const key = this.prefix + KEY;
    const write = this.redis.multi().set(key + COMPLETE, 1);
    await write.publish(key, JSON.stringify({ isComplete: true })).exec();
  }
}

/** The set of revoked sessions as this process knows it. Needs a Redis connection of its own, as it subscribes on it. */
export class Revocations implements AsyncDisposable {
  private readonly revoked = new Map<string, number>();
  private readonly listeners = new Set<Listener>();
  private readonly sweep: NodeJS.Timeout;
  private readonly stopListening: () => Promise<void>;
  private isHeard = false;
  /** Rises whenever Redis is lost: what was read before that may lack what came after. */
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
   * Whether every session that has ended is known here: the list was whole when it was read, and what is added to it is heard.
   * While it is false, {@link isRevoked} may miss some, and only PostgreSQL knows.
   */
  get isCurrent(): boolean {
    return this.isHeard && isAnswering(this.subscriber);
  }

  /** Calls `listener` once for each session that is revoked from now on, or found revoked after Redis was away. */
  onRevoked(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async load(): Promise<void> {
    const { losses } = this;
    clearTimeout(this.retry);
    try {
      const isComplete = (await this.redis.exists(this.prefix + KEY + COMPLETE)) === 1; // before the list that it speaks of
      const rows = await this.redis.zrange(this.prefix + KEY, Date.now(), '+inf', 'BYSCORE', 'WITHSCORES');
      for (let i = 0; i < rows.length; i += 2) this.add(rows[i]!, Number(rows[i + 1]));
      if (losses === this.losses) this.setHeard(isComplete);
    } catch (error) {
      if (losses !== this.losses) return; // it is read again when Redis is back
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
    if (isHeard) this.log.info('every session that ends is heard of');
    else this.log.warn('sessions that end are not heard of at the moment');
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
