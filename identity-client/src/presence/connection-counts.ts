/**
 * How many connections an account or an address has at all gateways together, for limits. Each gateway writes its own number,
 * and whoever lets one more in adds what the others hold that are alive. Decides nothing while Redis is away.
 *
 * Keys: `connections:count:<key>` hash, gateway → how many; `connections:counted:<gateway>` set of the keys that it has written.
 */
import type { Redis } from 'ioredis';
import { isAnswering } from '@chat/kit/redis';

/**
 * KEYS: the hash, the sorted set of gateways, this gateway's set. ARGV: this gateway, now, its number with the new connection,
 * the most that all may have, the key.
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

/** One gateway's numbers. */
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
   * Whether all gateways together may hold `max` connections of `key` or fewer when this one holds `own`; it is written if so.
   * @throws where Redis is away.
   */
  async admit(key: string, own: number, max: number): Promise<boolean> {
    this.held.set(key, own);
    const { redis, gatewayId, gatewaysKey, prefix } = this;
    if (!isAnswering(redis)) throw new Error('Redis does not answer.'); // before it is connected, the command would wait
    const keys = [prefix + countKey(key), gatewaysKey, prefix + countedKey(gatewayId)];
    return (await redis.eval(ADMIT, keys.length, ...keys, gatewayId, Date.now(), own, max, key)) === 1;
  }

  /** Takes a new number over; {@link write} writes it. */
  hold(key: string, own: number): void {
    if (own > 0) this.held.set(key, own);
    else this.held.delete(key);
    this.changed.add(key);
  }

  /** Writes what has changed, or where Redis may have lost some, everything. @throws where Redis is away. */
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

/** Takes away what a gateway that is gone has written. @throws where Redis is away. */
export async function forgetCounts(redis: Redis, prefix: string, gatewayId: string): Promise<void> {
  const counted = prefix + countedKey(gatewayId);
  const remove = redis.pipeline();
  for (const key of await redis.smembers(counted)) remove.hdel(prefix + countKey(key), gatewayId);
  await remove.del(counted).exec();
}
