/**
 * Caches whole responses for as long as the schema allows, in Redis, so that all gateways share them. If Redis is unavailable,
 * operations run uncached.
 */
import { createHash } from 'node:crypto';
import type { FormattedExecutionResult } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Redis } from 'ioredis';
import { rightsOf, type Viewer } from '@chat/kit/auth/viewer';
import type { Logger } from '@chat/kit/logging';
import { isAnswering } from '@chat/kit/redis';
import type { CachePolicy } from '../planning/cache-policy';
import type { PreparedOperation } from '../planning/prepared-operation';
import { parseExactly } from '../supergraph/exact-json';

/** Stores texts until they expire. */
export interface TextStore {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string, seconds: number): Promise<void>;
}

/** Cache size of a gateway without Redis, in characters. */
const MEMORY_SIZE = 32 * 1024 * 1024;

export class MemoryTextStore implements TextStore {
  private readonly texts = new LRUCache<string, string>({
    maxSize: MEMORY_SIZE,
    sizeCalculation: (text) => text.length + 1,
  });

  async get(key: string): Promise<string | undefined> {
    return this.texts.get(key);
  }

  async set(key: string, text: string, seconds: number): Promise<void> {
    this.texts.set(key, text, { ttl: seconds * 1000 });
  }
}

export class RedisTextStore implements TextStore {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
  ) {}

  async get(key: string): Promise<string | undefined> {
    if (!isAnswering(this.redis)) return undefined;
    return (await this.redis.get(this.prefix + key)) ?? undefined;
  }

  async set(key: string, text: string, seconds: number): Promise<void> {
    if (!isAnswering(this.redis)) return;
    await this.redis.set(this.prefix + key, text, 'EX', seconds);
  }
}

/** The key of a response. */
export interface CacheQuestion {
  prepared: PreparedOperation;
  variables: Readonly<Record<string, unknown>>;
  policy: CachePolicy;
  /** The viewer of a private response. */
  viewer: Viewer | null;
}

/** A cached response. */
export interface KeptAnswer {
  result: FormattedExecutionResult;
  /** Remaining lifetime in seconds. */
  maxAge: number;
}

/** The stored form. `until` is in milliseconds since the epoch. */
interface Entry {
  result: FormattedExecutionResult;
  until: number;
}

export class ResponseCache {
  constructor(
    private readonly store: TextStore,
    private readonly log: Logger,
  ) {}

  async find(question: CacheQuestion): Promise<KeptAnswer | undefined> {
    try {
      const text = await this.store.get(keyOf(question));
      if (text === undefined) return undefined;
      const { result, until } = parseExactly(text) as Entry;
      return { result, maxAge: Math.max(0, Math.ceil((until - Date.now()) / 1000)) };
    } catch (error) {
      this.log.warn({ err: error }, 'the response cache could not be read');
      return undefined;
    }
  }

  /** Stores a response in the background if it has no errors. */
  keep(question: CacheQuestion, result: FormattedExecutionResult): void {
    if (result.errors || !result.data) return;
    const { maxAge } = question.policy;
    const entry: Entry = { result, until: Date.now() + maxAge * 1000 };
    this.store.set(keyOf(question), JSON.stringify(entry), maxAge).catch((error: unknown) => {
      this.log.warn({ err: error }, 'the response cache could not be written');
    });
  }
}

function keyOf({ prepared, variables, policy, viewer }: CacheQuestion): string {
  const whose = policy.scope === 'PRIVATE' && viewer && rightsOf(viewer);
  const question = JSON.stringify([prepared.supergraph.id, prepared.key, variables, whose]);
  return `answer:${createHash('sha256').update(question).digest('base64url')}`;
}
