/**
 * Who is there: from the gateways' registry of live connections, and from what people say about themselves.
 * All of it is in Redis. Nothing but what is shown depends on it.
 */
import { connectionsOf, sweepConnections, watchConnections } from '@chat/identity-client/presence/connections';
import { ApiError } from '@chat/kit/errors';
import type { Logger } from '@chat/kit/logging';
import { listen, type Redis } from '@chat/kit/redis';
import { PresenceStatus, type Presence } from './presence.type';

/** How long somebody who has said where they are, without a live connection, counts as there, in milliseconds. */
const HEARD_FOR_MS = 5 * 60 * 1000;
/** How long it is remembered when somebody was there last, in seconds. */
const REMEMBERED_SECONDS = 90 * 24 * 60 * 60;
/** How often it is looked who has gone without a word, in milliseconds. */
const SWEEP_MS = 5_000;

const CHANNEL = 'presence';
const HEARD = 'presence:heard';
const key = (userId: string) => `presence:user:${userId}`;

export class PresenceService implements AsyncDisposable {
  private readonly listeners = new Set<(userId?: string) => void>();
  private readonly timer: NodeJS.Timeout;
  private readonly stopListening: () => Promise<void>;
  private readonly stopWatching: () => Promise<void>;

  /** @param subscriber for Pub/Sub only. */
  constructor(
    private readonly redis: Redis,
    subscriber: Redis,
    private readonly prefix: string,
    private readonly log: Logger,
  ) {
    this.stopListening = listen(
      subscriber,
      prefix + CHANNEL,
      (userId) => this.tell(userId),
      () => this.tell(),
    );
    this.stopWatching = watchConnections(
      subscriber,
      ({ userId }) => (userId === undefined ? this.tell() : void this.connectionChanged(userId)),
      prefix,
    );
    this.timer = setInterval(() => void this.sweep(), SWEEP_MS).unref();
  }

  /** @throws SERVICE_UNAVAILABLE where Redis is away. */
  async presenceOf(userId: string): Promise<Presence> {
    try {
      const [connections, said, heardUntil] = await Promise.all([
        connectionsOf(this.redis, userId, this.prefix),
        this.redis.hgetall(this.prefix + key(userId)),
        this.redis.zscore(this.prefix + HEARD, userId),
      ]);
      const isThere = connections.length > 0 || Number(heardUntil ?? 0) > Date.now();
      const status = isThere ? ((said['status'] ?? PresenceStatus.ONLINE) as PresenceStatus) : PresenceStatus.OFFLINE;
      const isSeen = status !== PresenceStatus.OFFLINE;
      const lastSeenAt = isSeen ? new Date() : said['lastSeenAt'] ? new Date(Number(said['lastSeenAt'])) : null;
      return { userId, status, lastSeenAt };
    } catch (error) {
      return this.away(error);
    }
  }

  private away(error: unknown): never {
    this.log.debug({ err: error }, 'presence could not be read or written');
    throw new ApiError('SERVICE_UNAVAILABLE', 'Presence is not known right now. Try again in a moment.');
  }

  /**
   * What the account wants to be seen as while it is there. It counts as there for five minutes even without a connection.
   * @throws SERVICE_UNAVAILABLE where Redis is away.
   */
  async setPresence(userId: string, status: PresenceStatus): Promise<Presence> {
    const now = Date.now();
    const field = this.prefix + key(userId);
    await this.redis
      .multi()
      .hset(field, status === PresenceStatus.OFFLINE ? { status } : { status, lastSeenAt: now })
      .expire(field, REMEMBERED_SECONDS)
      .zadd(this.prefix + HEARD, now + HEARD_FOR_MS, userId)
      .publish(this.prefix + CHANNEL, userId)
      .exec()
      .catch((error: unknown) => this.away(error));
    return this.presenceOf(userId);
  }

  /** Calls `listener` for accounts whose presence may have changed; without an id where any may have. */
  onMaybeChanged(listener: (userId?: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async connectionChanged(userId: string): Promise<void> {
    const field = this.prefix + key(userId);
    const isHidden = (await this.redis.hget(field, 'status').catch(() => null)) === PresenceStatus.OFFLINE;
    if (!isHidden)
      await this.redis
        .multi()
        .hset(field, 'lastSeenAt', Date.now())
        .expire(field, REMEMBERED_SECONDS)
        .exec()
        .catch(() => undefined);
    this.tell(userId);
  }

  private tell(userId?: string): void {
    for (const listener of this.listeners) listener(userId);
  }

  /** Notices who has gone without a word: crashed gateways, and those who only said something once. */
  private async sweep(): Promise<void> {
    try {
      await sweepConnections(this.redis, this.prefix);
      for (const userId of await this.redis.zrange(this.prefix + HEARD, 0, Date.now(), 'BYSCORE'))
        if (await this.redis.zrem(this.prefix + HEARD, userId)) await this.redis.publish(this.prefix + CHANNEL, userId);
    } catch (error) {
      this.log.debug({ err: error }, 'presence could not be swept');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.timer);
    this.listeners.clear();
    await this.stopListening();
    await this.stopWatching();
  }
}
