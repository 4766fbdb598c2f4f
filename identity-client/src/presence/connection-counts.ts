/**
 * Counts the connections of an account or a network over all gateways, for limits. Each gateway writes its own count. To admit one more,
 * a gateway adds the counts of the others that are alive. Makes no decision while Redis does not answer.
 *
 * Keys: `connections:count:<key>` hash, gateway → count; `connections:counted:<gateway>` set of the keys that it has written.
 */
import type { Redis } from 'ioredis';
import { isAnswering } from '@chat/kit/redis';

/**
 * KEYS: the hash, the sorted set of gateways, this gateway's set. ARGV: this gateway, now, its count with the new connection, the limit
 * of all gateways together, the key.
 */
const ADMIT = `
local total = tonumber(ARGV[3])
local counts = redis.call('HGETALL', KEYS[1])
for index = 1, #counts, 2 do
  local goneAt = redis.call('ZSCORE', KEYS[2], counts[index])
  if counts[index] ~= ARGV[1] and goneAt and tonumber(goneAt) >= tonumber(ARGV[2]) then
    total = total + tonumber(counts[index + 1])
  end
end
if total > tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('SADD', KEYS[3], ARGV[5])
return 1`;

const countKey = (key: string) => `connections:count:${key}`;
const countedKey = (gatewayId: string) => `connections:counted:${gatewayId}`;

/** The counts of one gateway. */
export class ConnectionCounts {
  private readonly held = new Map<string, number>();
  private changed = new Set<string>();

  constructor(
    private readonly redis: Redis,
    private readonly gatewayId: string,
    private readonly gatewaysKey: string,
    private readonly prefix: string,
  ) {}

  /**
   * Whether all gateways together hold at most `max` connections of `key` if this one holds `own`. If so, writes the count.
   * @throws if Redis does not answer
   */
  async admit(key: string, own: number, max: number): Promise<boolean> {
    this.held.set(key, own);
    const { redis, gatewayId, gatewaysKey, prefix } = this;
    if (!isAnswering(redis)) throw new Error('Redis does not answer.'); // a command would wait for the connection
    const keys = [prefix + countKey(key), gatewaysKey, prefix + countedKey(gatewayId)];
    return (await redis.eval(ADMIT, keys.length, ...keys, gatewayId, Date.now(), own, max, key)) === 1;
  }

  /** Sets a count, which {@link write} writes. */
  hold(key: string, own: number): void {
    if (own > 0) this.held.set(key, own);
    else this.held.delete(key);
    this.changed.add(key);
  }

  /** Writes the changed counts, or all counts if Redis may have lost some. @throws if Redis does not answer */
  async write(isAll: boolean): Promise<void> {
    const keys = isAll ? new Set([...this.held.keys(), ...this.changed]) : this.changed;
    if (keys.size === 0) return;
    const { prefix, gatewayId } = this;
    const counted = prefix + countedKey(gatewayId);
    const write = this.redis.pipeline();
    for (const key of keys) {
      const own = this.held.get(key);
      if (own !== undefined) write.hset(prefix + countKey(key), gatewayId, own).sadd(counted, key);
      else write.hdel(prefix + countKey(key), gatewayId).srem(counted, key);
    }
    this.changed = new Set();
    try {
      for (const [error] of (await write.exec()) ?? []) if (error) throw error;
    } catch (error) {
      for (const key of keys) this.changed.add(key);
      throw error;
    }
  }
}

/** Deletes the counts of a gateway that is gone. @throws if Redis does not answer */
export async function forgetCounts(redis: Redis, prefix: string, gatewayId: string): Promise<void> {
  const counted = prefix + countedKey(gatewayId);
  const remove = redis.pipeline();
  for (const key of await redis.smembers(counted)) remove.hdel(prefix + countKey(key), gatewayId);
  await remove.del(counted).exec();
}
