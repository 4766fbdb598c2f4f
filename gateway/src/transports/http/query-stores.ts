/** Stores of persisted queries, by hash. */
import type { Redis } from 'ioredis';
import type { Logger } from '@chat/kit/logging';
import { isAnswering } from '@chat/kit/redis';
import type { Safelist } from '../../limits/safelist';

/** Apollo Server's KeyValueCache. */
export interface QueryStore {
  get(key: string): Promise<string | undefined>;
  /** `ttl` in seconds. */
  set(key: string, value: string, options?: { ttl?: number | null }): Promise<void>;
  delete(key: string): Promise<boolean | void>;
}

/** Limits of the store, since any client can register queries. Longer texts are not stored, and the oldest are evicted. */
const MAX_TEXT_LENGTH = 32_768;
const MAX_TEXTS = 10_000;

/** Automatic persisted queries, shared by all gateways. While Redis is unavailable, clients send the full query. */
export class RedisQueryStore implements QueryStore {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly log: Logger,
    private readonly maxTexts = MAX_TEXTS,
  ) {}

  async get(key: string): Promise<string | undefined> {
    if (!isAnswering(this.redis)) return undefined;
    try {
      return (await this.redis.get(this.prefix + key)) ?? undefined;
    } catch (error) {
      this.log.warn({ err: error }, 'persisted query could not be read');
      return undefined;
    }
  }

  async set(key: string, value: string, { ttl }: { ttl?: number | null } = {}): Promise<void> {
    if (!isAnswering(this.redis) || value.length > MAX_TEXT_LENGTH) return;
    const index = `${this.prefix}apq-index`;
    const write = this.redis.multi();
    if (ttl) write.set(this.prefix + key, value, 'EX', ttl);
    else write.set(this.prefix + key, value);
    const results = await write.zadd(index, Date.now(), key).zcard(index).exec();
    const excess = Number(results?.at(-1)?.[1]) - this.maxTexts;
    if (!(excess > 0)) return;
    const oldest = await this.redis.zpopmin(index, excess); // members and scores alternate
    await this.redis.unlink(oldest.filter((_, position) => position % 2 === 0).map((member) => this.prefix + member));
  }

  async delete(key: string): Promise<boolean> {
    return (await this.redis.del(this.prefix + key)) > 0;
  }
}

/** Finds the operations on the safelist and registers none. */
export function safelistStore(safelist: Safelist): QueryStore {
  return {
    get: async (key) => safelist.textOf(key.slice(key.indexOf(':') + 1)),
    set: async () => undefined,
    delete: async () => false,
  };
}
