/** Limits operations per minute, by account or network, over all gateways together. Housekeeping has a budget of its own. */
import { ApiError } from '@chat/kit/errors';
import { FixedWindowLimiter } from '@chat/kit/fixed-window-limiter';
import type { Redis } from 'ioredis';

const WINDOW_SECONDS = 60;

/** The default budget for housekeeping, as a multiple of the budget for operations. */
const HOUSEKEEPING_FACTOR = 6;

/** The state of a budget, for the RateLimit headers. */
export interface Allowance {
  limit: number;
  remaining: number;
  /** Seconds until the window resets. */
  resetSeconds: number;
}

/** The number of operations that count against each budget. */
export interface Counts {
  operations: number;
  housekeeping: number;
}

export interface RateLimits {
  /** Per minute; 0 disables both budgets. */
  operations: number;
  /** Per minute; 0 disables this budget. By default six times the budget for operations. */
  housekeeping?: number;
}

export class RateLimiter {
  private readonly operations?: Budget;
  private readonly housekeeping?: Budget;

  constructor({ operations, housekeeping = HOUSEKEEPING_FACTOR * operations }: RateLimits, redis?: Redis, prefix = '') {
    const budget = (name: keyof Counts, perMinute: number, key: string) =>
      new Budget(name, perMinute, `${prefix}${key}`, redis);
    if (operations === 0) return;
    this.operations = budget('operations', operations, 'rate-limit');
    if (housekeeping > 0) this.housekeeping = budget('housekeeping', housekeeping, 'rate-limit-housekeeping');
  }

  get isOff(): boolean {
    return this.operations === undefined;
  }

  /**
   * Takes from the budgets of `key`. Resolves to the state of the budget that was used, that for operations if both were; to undefined
   * if it is disabled. @throws RATE_LIMITED
   */
  async take(key: string, { operations, housekeeping }: Counts): Promise<Allowance | undefined> {
    const kept = housekeeping > 0 ? await this.housekeeping?.take(key, housekeeping) : undefined;
    return operations > 0 ? this.operations?.take(key, operations) : kept;
  }
}

class Budget {
  private readonly limiter: FixedWindowLimiter;

  constructor(
    private readonly name: keyof Counts,
    private readonly limit: number,
    keyPrefix: string,
    redis?: Redis,
  ) {
    this.limiter = new FixedWindowLimiter({
      keyPrefix,
      limit,
      windowSeconds: WINDOW_SECONDS,
      cachesRefusals: true,
      redis,
    });
  }

  /** @throws RATE_LIMITED */
  async take(key: string, count: number): Promise<Allowance> {
    const { limit, name } = this;
    const { isAllowed, remaining, resetMs } = await this.limiter.take(key, count);
    const resetSeconds = Math.ceil(resetMs / 1000);
    if (isAllowed) return { limit, remaining, resetSeconds };
    const what = name === 'housekeeping' ? 'housekeeping operations' : 'operations';
    const message = `The limit is ${limit} ${what} per minute. Retry in ${resetSeconds} s.`;
    throw new ApiError('RATE_LIMITED', message, { retryAfterMs: resetMs, limit, budget: name });
  }
}
