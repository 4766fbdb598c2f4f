/**
 * Counts operations per minute, by account or address; in Redis, so that all gateways count together.
 * While Redis is away each gateway counts for itself, and lets nobody through for that.
 */
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Redis } from 'ioredis';
import { ApiError } from '@chat/kit/errors';

const WINDOW_SECONDS = 60;

/** What is left of an allowance, for the RateLimit headers. */
export interface Allowance {
  limit: number;
  remaining: number;
  /** Seconds until the allowance is whole again. */
  resetSeconds: number;
}

export class RateLimiter {
  private readonly limiter?: RateLimiterAbstract;

  /** `perMinute` 0 switches it off. */
  constructor(
    private readonly perMinute: number,
    redis?: Redis,
    prefix = '',
  ) {
    if (perMinute === 0) return;
    const options = { keyPrefix: `${prefix}rate-limit`, points: perMinute, duration: WINDOW_SECONDS };
    const memory = new RateLimiterMemory(options);
    this.limiter = redis
      ? new RateLimiterRedis({
          ...options,
          storeClient: redis,
          insuranceLimiter: memory,
          inMemoryBlockOnConsumed: perMinute + 1,
          rejectIfRedisNotReady: true, // and let memory count, instead of waiting for Redis to come back
        })
      : memory;
  }

  /** Takes `operations` from `key`'s allowance; undefined where nothing is counted. @throws RATE_LIMITED */
  async take(key: string, operations = 1): Promise<Allowance | undefined> {
    if (!this.limiter) return undefined;
    try {
      return this.allowance(await this.limiter.consume(key, operations));
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      const retryAfterMs = Math.max(1, refused.msBeforeNext);
      const message = `${this.perMinute} operations a minute are allowed. Wait ${Math.ceil(retryAfterMs / 1000)} s.`;
      throw new ApiError('RATE_LIMITED', message, { retryAfterMs, limit: this.perMinute });
    }
  }

  private allowance({ remainingPoints, msBeforeNext }: RateLimiterRes): Allowance {
    return { limit: this.perMinute, remaining: remainingPoints, resetSeconds: Math.ceil(msBeforeNext / 1000) };
  }
}
