/** Limits the calls of paced fields per second, for each connection or caller of this gateway. Held in memory; knows no other limits. */
import { ApiError } from '@chat/kit/errors';
import { LRUCache } from 'lru-cache';

/** Callers without a connection that are remembered at most. */
const CAPACITY = 20_000;

/** A connection, or the rate limit key of a caller without one. */
export type PaceKey = object | string;

interface Bucket {
  tokens: number;
  /** By `performance.now()`. */
  filledAt: number;
}

export class PaceLimiter {
  private readonly byConnection = new WeakMap<object, Map<number, Bucket>>();
  private readonly byCaller = new LRUCache<string, Map<number, Bucket>>({ max: CAPACITY });

  /** Takes `count` calls from a bucket that holds one second's calls. @throws RATE_LIMITED */
  take(key: PaceKey, count: number, perSecond: number, now = performance.now()): void {
    const buckets = this.bucketsOf(key);
    const bucket = buckets.get(perSecond) ?? { tokens: perSecond, filledAt: now };
    bucket.tokens = Math.min(perSecond, bucket.tokens + ((now - bucket.filledAt) / 1000) * perSecond);
    bucket.filledAt = now;
    buckets.set(perSecond, bucket);
    if (bucket.tokens < count) {
      const retryAfterMs = Math.ceil(((count - bucket.tokens) / perSecond) * 1000);
      const message = `The limit is ${perSecond} calls per second. Retry in ${retryAfterMs} ms.`;
      throw new ApiError('RATE_LIMITED', message, { retryAfterMs, limit: perSecond, budget: 'paced' });
    }
    bucket.tokens -= count;
  }

  private bucketsOf(key: PaceKey): Map<number, Bucket> {
    const known = typeof key === 'string' ? this.byCaller.get(key) : this.byConnection.get(key);
    if (known) return known;
    const fresh = new Map<number, Bucket>();
    if (typeof key === 'string') this.byCaller.set(key, fresh);
    else this.byConnection.set(key, fresh);
    return fresh;
  }
}
