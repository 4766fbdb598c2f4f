/** Where texts of persisted queries are found by their hashes. */
import type { Redis } from 'ioredis';
import type { Logger } from '@chat/kit/logging';
import type { Safelist } from '../../limits/safelist';

/** Apollo Server's KeyValueCache; undefined is not found. */
export interface QueryStore {
  get(key: string): Promise<string | undefined>;
  /** `ttl` in seconds. */
  set(key: string, value: string, options?: { ttl?: number | null }): Promise<void>;
  delete(key: string): Promise<boolean | void>;
}

/** Automatic persisted queries, shared by all gateways. While Redis is away clients send their queries whole. */
export class RedisQueryStore implements QueryStore {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly log: Logger,
  ) {}

  async get(key: string): Promise<string | undefined> {
    if (this.redis.status !== 'ready') return undefined; // a command would wait for the connection
    try {
      return (await this.redis.get(this.prefix + key)) ?? undefined;
    } catch (error) {
      this.log.warn({ err: error }, 'persisted queries could not be read');
      return undefined;
    }
  }

  async set(key: string, value: string, { ttl }: { ttl?: number | null } = {}): Promise<void> {
    if (this.redis.status !== 'ready') return;
    if (ttl) await this.redis.set(this.prefix + key, value, 'EX', ttl);
    else await this.redis.set(this.prefix + key, value);
  }

  async delete(key: string): Promise<boolean> {
    return (await this.redis.del(this.prefix + key)) > 0;
  }
}

/** Finds the listed operations, and registers nothing. */
export function safelistStore(safelist: Safelist): QueryStore {
  return {
    get: async (key) => safelist.textOf(key.slice(key.indexOf(':') + 1)),
    set: async () => undefined,
    delete: async () => false,
  };
}
