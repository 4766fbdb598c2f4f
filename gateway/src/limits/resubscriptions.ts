/**
 * Remembers subscriptions that have ended, so that a client that comes back is not charged for them again. Each ended subscription can be
 * taken up once, by the same caller, with the same text and variables. Held in memory: after a reconnect to another gateway, a
 * subscription without a cursor counts as a new one.
 */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { UncheckedRequest } from './housekeeping';

/** How long an ended subscription can be taken up, in milliseconds. */
const KEPT_MS = 600_000;

/** Distinct ended subscriptions that are remembered at most, about 150 bytes each. */
const CAPACITY = 50_000;

export class Resubscriptions {
  /** Key → number of ended subscriptions. */
  private readonly ended = new LRUCache<string, number>({ max: CAPACITY, ttl: KEPT_MS });

  /** A subscription has ended because its client left or was too slow. */
  add(key: string): void {
    this.ended.set(key, (this.ended.get(key) ?? 0) + 1);
  }

  /** @returns whether an ended subscription was left to take up. */
  take(key: string): boolean {
    const count = this.ended.get(key);
    if (count === undefined) return false;
    if (count > 1) this.ended.set(key, count - 1);
    else this.ended.delete(key);
    return true;
  }
}

/** Equal for equal requests of one caller. `rateKey` names the caller. */
export function resubscriptionKey(rateKey: string, { query, operationName, variables }: UncheckedRequest): string {
  const text = JSON.stringify([rateKey, query, operationName ?? null, variables ?? {}]);
  return createHash('sha256').update(text).digest('base64url');
}
