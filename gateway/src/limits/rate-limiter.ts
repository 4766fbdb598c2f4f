/** Limits operations per minute, by account or network, over all gateways together. */
import { ApiError } from '@chat/kit/errors';
import { FixedWindowLimiter } from '@chat/kit/fixed-window-limiter';
import type { Redis } from 'ioredis';

const WINDOW_SECONDS = 60;

/** The state of a limit, for the RateLimit headers. */
export interface Allowance {
  limit: number;
  remaining: number;
  /** Seconds until the window resets. */
  resetSeconds: number;
}

export class RateLimiter {
  private readonly limiter?: FixedWindowLimiter;

  /** `perMinute` 0 disables the limit. */
  constructor(
    private readonly perMinute: number,
    redis?: Redis,
    prefix = '',
  ) {
    const limits = { limit: perMinute, windowSeconds: WINDOW_SECONDS, cachesRefusals: true };
    if (perMinute > 0) this.limiter = new FixedWindowLimiter({ keyPrefix: `${prefix}rate-limit`, ...limits, redis });
  }

  /** Consumes `operations` of `key`'s limit. Resolves to undefined if the limit is disabled. @throws RATE_LIMITED */
  async take(key: string, operations = 1): Promise<Allowance | undefined> {
    if (!this.limiter) return undefined;
    const { isAllowed, remaining, resetMs } = await this.limiter.take(key, operations);
    const limit = this.perMinute;
    const resetSeconds = Math.ceil(resetMs / 1000);
    if (isAllowed) return { limit, remaining, resetSeconds };
    const message = `The limit is ${limit} operations per minute. Retry in ${resetSeconds} s.`;
    throw new ApiError('RATE_LIMITED', message, { retryAfterMs: resetMs, limit });
  }
}
