/**
 * Presence of accounts, derived from the gateways' connection registry and from the status that accounts set. Stored only in Redis.
 * Must not be used for access decisions.
 */
import { connectionsOf, sweepConnections, watchConnections } from '@chat/identity-client/presence/connections';
import { ApiError } from '@chat/kit/errors';
import { GroupedCalls } from '@chat/kit/grouped-calls';
import { newId } from '@chat/kit/ids';
import type { Logger } from '@chat/kit/logging';
import { listen, type Redis } from '@chat/kit/redis';
import { PresenceStatus, type Presence } from './presence.type';

/** How long an account without a connection counts as present after it has set its status, in milliseconds. */
const PRESENT_FOR_MS = 5 * 60 * 1000;
/** How long the time of last presence is stored, in seconds. */
const REMEMBERED_SECONDS = 90 * 24 * 60 * 60;
/** Interval of the sweep, in milliseconds. */
const SWEEP_MS = 5_000;

const CHANNEL = 'presence';
const HEARD = 'presence:heard';
/** Accounts by the time at which their status text expires. */
const EXPIRING = 'presence:status-expiry';
const key = (userId: string) => `presence:user:${userId}`;

/** Notes when accounts were last seen, except those that hide. Ten thousand that come back at once are few scripts. */
const SEE = `
for _, field in ipairs(KEYS) do
  if redis.call('HGET', field, 'status') ~= ARGV[3] then
    redis.call('HSET', field, 'lastSeenAt', ARGV[1])
    redis.call('EXPIRE', field, ARGV[2])
  end
end`;

export class PresenceService implements AsyncDisposable {
  private readonly seen = new GroupedCalls((userIds: readonly string[]) => this.see(userIds));
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
      (userId) => this.notify(userId),
      () => this.notify(),
    );
    this.stopWatching = watchConnections(
      subscriber,
      ({ userId }) => (userId === undefined ? this.notify() : void this.connectionChanged(userId)),
      prefix,
    );
    this.timer = setInterval(() => void this.sweep(), SWEEP_MS).unref();
  }

  /** @throws SERVICE_UNAVAILABLE if Redis does not answer */
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
      return { userId, status, lastSeenAt, statusVersion: said['statusVersion'] };
    } catch (error) {
      return this.away(error);
    }
  }

  private away(error: unknown): never {
    this.log.debug({ err: error }, 'presence could not be read or written');
    throw new ApiError('SERVICE_UNAVAILABLE', 'Presence is unavailable at the moment. Try again later.');
  }

  /**
   * Sets the status that others see while the account is present. Without a connection, it counts as present for five minutes.
   * @throws SERVICE_UNAVAILABLE if Redis does not answer
   */
  async setPresence(userId: string, status: PresenceStatus): Promise<Presence> {
    const now = Date.now();
    const field = this.prefix + key(userId);
    await this.redis
      .multi()
      .hset(field, status === PresenceStatus.OFFLINE ? { status } : { status, lastSeenAt: now })
      .expire(field, REMEMBERED_SECONDS)
      .zadd(this.prefix + HEARD, now + PRESENT_FOR_MS, userId)
      .publish(this.prefix + CHANNEL, userId)
      .exec()
      .catch((error: unknown) => this.away(error));
    return this.presenceOf(userId);
  }

  /** Announces a new or cleared status text, and its end at `expiresAt`. If Redis does not answer, only the announcement is lost. */
  async statusChanged(userId: string, expiresAt: Date | null): Promise<void> {
    const field = this.prefix + key(userId);
    const change = this.redis.multi().hset(field, 'statusVersion', newId()).expire(field, REMEMBERED_SECONDS);
    if (expiresAt) change.zadd(this.prefix + EXPIRING, expiresAt.getTime(), userId);
    else change.zrem(this.prefix + EXPIRING, userId);
    await change
      .publish(this.prefix + CHANNEL, userId)
      .exec()
      .catch((error: unknown) => this.log.debug({ err: error }, 'a status could not be announced'));
  }

  /** Calls `listener` with the id of each account whose presence may have changed; without an id if any may have. */
  onMaybeChanged(listener: (userId?: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async connectionChanged(userId: string): Promise<void> {
    await this.seen.run(userId).catch(() => undefined);
    this.notify(userId);
  }

  private async see(userIds: readonly string[]): Promise<void[]> {
    const fields = [...new Set(userIds)].map((userId) => this.prefix + key(userId));
    await this.redis.eval(SEE, fields.length, ...fields, Date.now(), REMEMBERED_SECONDS, PresenceStatus.OFFLINE);
    return userIds.map(() => undefined);
  }

  private notify(userId?: string): void {
    for (const listener of this.listeners) listener(userId);
  }

  /** Removes connections of crashed gateways, and expires accounts that only set their status. */
  private async sweep(): Promise<void> {
    try {
      await sweepConnections(this.redis, this.prefix);
      for (const userId of await this.redis.zrange(this.prefix + HEARD, 0, Date.now(), 'BYSCORE'))
        if (await this.redis.zrem(this.prefix + HEARD, userId)) await this.redis.publish(this.prefix + CHANNEL, userId);
      for (const userId of await this.redis.zrange(this.prefix + EXPIRING, 0, Date.now(), 'BYSCORE'))
        if (await this.redis.zrem(this.prefix + EXPIRING, userId)) await this.statusChanged(userId, null);
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
