/**
 * Counts actions by key in fixed windows of time, in Redis, so that all processes share one count. If Redis does not answer, each
 * process falls back to an in-memory counter. Decides nothing about the refusal: the caller chooses the error.
 */
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Redis } from './redis';

export interface FixedWindowOptions {
  /** Prefix of the keys in Redis, unique to this limit. */
  keyPrefix: string;
  /** Actions that a key may take in one window. */
  limit: number;
  windowSeconds: number;
  /** Without it, each process counts alone. */
  redis?: Redis;
  /**
   * Whether this process remembers a spent allowance and refuses without asking Redis. Default false. Do not combine it with
   * {@link FixedWindowLimiter.giveBack} or {@link FixedWindowLimiter.reset}.
   */
  cachesRefusals?: boolean;
}

/** The outcome of one {@link FixedWindowLimiter.take}. */
export interface Taken {
  isAllowed: boolean;
  /** Actions that are left in the window; 0 if refused. */
  remaining: number;
  /** Time until the allowance is whole again, in milliseconds; at least 1. */
  resetMs: number;
}

export class FixedWindowLimiter {
  private readonly limiter: RateLimiterAbstract;

  constructor({ keyPrefix, limit, windowSeconds, redis, cachesRefusals = false }: FixedWindowOptions) {
    const options = { keyPrefix, points: limit, duration: windowSeconds };
    const memory = new RateLimiterMemory(options);
    this.limiter = redis
      ? new RateLimiterRedis({
          ...options,
          storeClient: redis,
          insuranceLimiter: memory,
          ...(cachesRefusals && { inMemoryBlockOnConsumed: limit + 1 }),
          rejectIfRedisNotReady: true, // otherwise the command would wait for Redis to come back
        })
      : memory;
  }

  /** Takes `count` actions from the allowance of `key`. A refused attempt counts as well. */
  async take(key: string, count = 1): Promise<Taken> {
    try {
      return takenOf(await this.limiter.consume(key, count), true);
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return takenOf(refused, false);
      throw refused;
    }
  }

  /** Returns one action to the allowance of `key`. */
  async giveBack(key: string): Promise<void> {
    await this.limiter.reward(key);
  }

  /** Makes the allowance of `key` whole again. */
  async reset(key: string): Promise<void> {
    await this.limiter.delete(key);
  }
}

const takenOf = ({ remainingPoints, msBeforeNext }: RateLimiterRes, isAllowed: boolean): Taken => ({
  isAllowed,
  remaining: remainingPoints,
  resetMs: Math.max(1, msBeforeNext),
});
