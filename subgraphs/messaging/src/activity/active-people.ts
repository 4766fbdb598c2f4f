/** Who has done something lately, for `@here`: kept in Redis, as it is worth nothing an hour later. */
import type { Redis } from 'ioredis';

/** How long somebody counts as active after the last sign of life, in milliseconds. */
const ACTIVE_MS = 10 * 60_000;
/** How often one person's sign of life is written, in milliseconds. */
const WRITE_EVERY_MS = 30_000;

export class ActivePeople {
  private readonly written = new Map<string, number>();
  private readonly key: string;

  constructor(
    private readonly redis: Redis,
    prefix: string,
  ) {
    this.key = `${prefix}messaging:active`;
  }

  /** Notes a sign of life. Does not wait, and does not mind a Redis that is away. */
  saw(userId: string): void {
    const now = Date.now();
    if (now - (this.written.get(userId) ?? 0) < WRITE_EVERY_MS) return;
    if (this.written.size > 10_000) this.written.clear();
    this.written.set(userId, now);
    this.redis
      .multi()
      .zadd(this.key, now, userId)
      .zremrangebyscore(this.key, 0, now - ACTIVE_MS)
      .exec()
      .catch(() => this.written.delete(userId));
  }

  /** Those of `userIds` who are active; all of them where Redis cannot tell. */
  async among(userIds: readonly string[]): Promise<Set<string>> {
    if (userIds.length === 0) return new Set();
    try {
      const since = Date.now() - ACTIVE_MS;
      const seen = await this.redis.zmscore(this.key, ...userIds);
      return new Set(userIds.filter((_id, index) => Number(seen[index] ?? 0) > since));
    } catch {
      return new Set(userIds);
    }
  }
}
