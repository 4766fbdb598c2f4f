/**
 * Registry of live connections by account and gateway, in Redis. Gateways write, other processes read. A crashed gateway sends no
 * heartbeat, and the first process to notice deletes its entries. For presence and connection limits (see connection-counts.ts); must
 * not be used for access decisions.
 *
 * Keys: `connections:gateways` sorted set, gateway → expiry (milliseconds since 1970); `connections:user:<id>` hash,
 * `<gateway>/<connection>` → start; `connections:users:<gateway>` set of its users; channel `connections`, `{ userIds }` when the first
 * connection of these users at a gateway opens or their last one closes (earlier releases send `{ userId }`, and take `{ userIds }` for a
 * change of any user); `connections:beats` sorted set, gateway → time of its last pulse by Redis's clock, for readers that must notice a
 * crashed gateway within two seconds.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from '@chat/kit/logging';
import { isAnswering, listen, onAnswering } from '@chat/kit/redis';
import { ConnectionCounts, forgetCounts } from './connection-counts';

export interface LiveConnection {
  gatewayId: string;
  connectionId: string;
  /** Milliseconds since 1970. */
  since: number;
}

/** The sorted set of pulses, without the prefix of the installation. */
export const BEATS_KEY = 'connections:beats';
/** The hashes of connections, without the prefix of the installation; an account's id follows. */
export const USER_CONNECTIONS_KEY = 'connections:user:';

const HEARTBEAT_MS = 5_000;
const PULSE_MS = 300;
/** A gateway is removed from the pulses if its last pulse is older, in milliseconds. */
const FORGOTTEN_MS = 60_000;

/** Redis's own clock, because the clocks of machines differ. */
const PULSE = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, now - tonumber(ARGV[2]))
return 1`;

/** Silence after which a gateway counts as gone, in milliseconds. */
const GONE_AFTER_MS = 15_000;

/** The most users of one script: few enough for Redis to answer others in between. */
const AT_ONCE = 256;

/**
 * Writes the connections of users at a gateway, and notifies about users that have got their first connection or lost their last one.
 * KEYS: the set of the gateway's users, the channel, then a hash for each user.
 * ARGV: the gateway, then for each user the id and a JSON array of connections and their starts in turn.
 */
const WRITE = `
local changed = {}
for index = 3, #KEYS do
  local user = ARGV[2 * (index - 2)]
  local held = cjson.decode(ARGV[2 * (index - 2) + 1])
  local fields = {}
  for at = 1, #held, 2 do fields[ARGV[1] .. '/' .. held[at]] = held[at + 1] end
  local had = false
  for _, field in ipairs(redis.call('HKEYS', KEYS[index])) do
    if string.sub(field, 1, #ARGV[1] + 1) == ARGV[1] .. '/' then
      had = true
      if not fields[field] then redis.call('HDEL', KEYS[index], field) end
    end
  end
  for field, since in pairs(fields) do redis.call('HSET', KEYS[index], field, since) end
  redis.call(#held > 0 and 'SADD' or 'SREM', KEYS[1], user)
  if had ~= (#held > 0) then table.insert(changed, user) end
end
if #changed > 0 then redis.call('PUBLISH', KEYS[2], cjson.encode({ userIds = changed })) end`;

const GATEWAYS = 'connections:gateways';
const CHANNEL = 'connections';
const userKey = (userId: string) => `${USER_CONNECTIONS_KEY}${userId}`;
const usersKey = (gatewayId: string) => `connections:users:${gatewayId}`;

/** The live connections of an account, without those of crashed gateways. @throws if Redis does not answer */
export async function connectionsOf(redis: Redis, userId: string, prefix = ''): Promise<LiveConnection[]> {
  const [fields, alive] = await Promise.all([
    redis.hgetall(prefix + userKey(userId)),
    redis.zrange(prefix + GATEWAYS, Date.now(), '+inf', 'BYSCORE'),
  ]);
  return Object.entries(fields)
    .map(([field, since]) => {
      const [gatewayId, connectionId] = field.split('/') as [string, string];
      return { gatewayId, connectionId, since: Number(since) };
    })
    .filter(({ gatewayId }) => alive.includes(gatewayId));
}

/** Those of `userIds` that have a live connection, without those of crashed gateways. @throws if Redis does not answer */
export async function connectedAmong(redis: Redis, userIds: readonly string[], prefix = ''): Promise<Set<string>> {
  const read = redis.pipeline();
  for (const userId of userIds) read.hkeys(prefix + userKey(userId));
  const [answers, alive] = await Promise.all([
    read.exec(),
    redis.zrange(prefix + GATEWAYS, Date.now(), '+inf', 'BYSCORE'),
  ]);
  const gateways = new Set(alive);
  const isConnected = (index: number): boolean => {
    const [error, fields] = answers![index]!;
    if (error) throw error;
    return (fields as string[]).some((field) => gateways.has(field.split('/')[0]!));
  };
  return new Set(userIds.filter((_id, index) => isConnected(index)));
}

/** Calls `listener` for accounts whose connections may have changed; without `userId` if any may have. Then read {@link connectionsOf}. */
export function watchConnections(
  subscriber: Redis,
  listener: (change: { userId?: string }) => void,
  prefix = '',
): () => Promise<void> {
  const onMessage = (text: string) => {
    const { userIds, userId } = JSON.parse(text) as { userIds?: string[]; userId?: string };
    for (const id of userIds ?? [userId]) listener({ userId: id });
  };
  return listen(subscriber, prefix + CHANNEL, onMessage, () => listener({}));
}

/** Deletes the entries of crashed gateways and notifies about their users. Safe to run concurrently. @throws if Redis does not answer */
export async function sweepConnections(redis: Redis, prefix = ''): Promise<void> {
  for (const gatewayId of await redis.zrange(prefix + GATEWAYS, 0, Date.now(), 'BYSCORE')) {
    const isMine = await redis.zrem(prefix + GATEWAYS, gatewayId);
    if (isMine) await forget(redis, prefix, gatewayId);
  }
}

async function forget(redis: Redis, prefix: string, gatewayId: string): Promise<void> {
  const userIds = await redis.smembers(prefix + usersKey(gatewayId));
  const withoutConnections = userIds.map((userId) => ({ userId }));
  await writeEntries(redis, prefix, gatewayId, withoutConnections);
  await redis.del(prefix + usersKey(gatewayId));
  await forgetCounts(redis, prefix, gatewayId);
}

/** A user with the connections at one gateway and their starts; none if the last one has closed. */
interface UserEntries {
  userId: string;
  connections?: ReadonlyMap<string, number>;
}

/** Replaces the entries of users at one gateway. @throws if Redis does not answer; some may have been written then */
async function writeEntries(
  redis: Redis,
  prefix: string,
  gatewayId: string,
  users: readonly UserEntries[],
): Promise<void> {
  for (let from = 0; from < users.length; from += AT_ONCE) {
    const some = users.slice(from, from + AT_ONCE);
    const hashes = some.map(({ userId }) => prefix + userKey(userId));
    const entries = some.flatMap(({ userId, connections }) => [
      userId,
      JSON.stringify([...(connections ?? [])].flat().map(String)),
    ]);
    const keys = [prefix + usersKey(gatewayId), prefix + CHANNEL, ...hashes];
    await redis.eval(WRITE, keys.length, ...keys, gatewayId, ...entries);
  }
}

/** The entries of one gateway. Never throws: while Redis does not answer, it keeps changes in memory and writes them later. */
export class ConnectionRegistry implements AsyncDisposable {
  readonly gatewayId = randomUUID();
  private readonly byUser = new Map<string, Map<string, number>>();
  private readonly timer: NodeJS.Timeout;
  private readonly pulse: NodeJS.Timeout;
  private readonly offAnswering: () => void;
  private readonly counts: ConnectionCounts;
  private changed = new Set<string>();
  private isScheduled = false;
  /** Whether a write has failed, so that all entries must be written. */
  private isBehind = false;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly redis: Redis,
    private readonly log: Logger,
    private readonly prefix = '',
  ) {
    this.counts = new ConnectionCounts(redis, this.gatewayId, prefix + GATEWAYS, prefix);
    this.timer = setInterval(() => this.beat(), HEARTBEAT_MS).unref();
    this.pulse = setInterval(() => this.sendPulse(), PULSE_MS).unref();
    // Readers must not wait for the next interval: a connection without a pulse of its gateway counts as lost.
    this.offAnswering = onAnswering(redis, () => {
      this.sendPulse();
      if (this.isBehind) this.beat();
    });
    this.sendPulse();
    this.beat();
  }

  connected(userId: string, connectionId: string): void {
    const connections = this.byUser.get(userId) ?? new Map<string, number>();
    this.byUser.set(userId, connections.set(connectionId, Date.now()));
    this.touch(userId);
  }

  disconnected(userId: string, connectionId: string): void {
    const connections = this.byUser.get(userId);
    if (!connections?.delete(connectionId)) return;
    if (connections.size === 0) this.byUser.delete(userId);
    this.touch(userId);
  }

  /**
   * Whether one more connection of `key` (an account or a network) is admitted, so that this gateway holds `own` and all gateways together
   * at most `max`. Admits it while Redis does not answer. Call {@link holds} when it closes, and if it was refused elsewhere.
   */
  async admits(key: string, own: number, max: number): Promise<boolean> {
    try {
      return await this.counts.admit(key, own, max);
    } catch (error) {
      this.isBehind = true;
      this.log.debug({ err: error }, 'connections are counted by this gateway alone');
      return true;
    }
  }

  /** Sets the number of connections of `key` at this gateway. */
  holds(key: string, own: number): void {
    this.counts.hold(key, own);
    this.schedule();
  }

  /** Settles once all changes so far are written, or their write has failed. */
  async settled(): Promise<void> {
    let last: Promise<void>;
    do await (last = this.writing);
    while (last !== this.writing);
  }

  private touch(userId: string): void {
    this.changed.add(userId);
    this.schedule();
  }

  /** Batches the changes of one turn of the event loop. */
  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.enqueue(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      this.isScheduled = false;
      await this.writeChanges(false);
    });
  }

  /** Sends a heartbeat. Runs by itself every few seconds. */
  beat(): void {
    this.enqueue(async () => {
      const isNew = await this.redis.zadd(this.prefix + GATEWAYS, Date.now() + GONE_AFTER_MS, this.gatewayId);
      // Redis has lost the entry, another process took this gateway for dead, or a write has failed.
      if (isNew || this.isBehind) {
        this.isBehind = false;
        await this.writeChanges(true);
      }
      await sweepConnections(this.redis, this.prefix);
    });
  }

  private sendPulse(): void {
    if (!isAnswering(this.redis)) return;
    this.redis.eval(PULSE, 1, this.prefix + BEATS_KEY, this.gatewayId, FORGOTTEN_MS).catch(() => undefined);
  }

  private enqueue(work: () => Promise<void>): void {
    this.writing = this.writing.then(work).catch((error: unknown) => {
      if (!this.isBehind) this.log.warn({ err: error }, 'live connections could not be written; trying again');
      this.isBehind = true;
    });
  }

  private async writeChanges(isAll: boolean): Promise<void> {
    const users = isAll ? new Set([...this.byUser.keys(), ...this.changed]) : this.changed;
    this.changed = new Set();
    try {
      const entries = [...users].map((userId) => ({ userId, connections: this.byUser.get(userId) }));
      await writeEntries(this.redis, this.prefix, this.gatewayId, entries);
    } catch (error) {
      for (const userId of users) this.changed.add(userId);
      throw error;
    }
    await this.counts.write(isAll);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.timer);
    clearInterval(this.pulse);
    this.offAnswering();
    await this.settled();
    await forget(this.redis, this.prefix, this.gatewayId).catch(() => undefined);
    await this.redis.zrem(this.prefix + GATEWAYS, this.gatewayId).catch(() => undefined);
    await this.redis.zrem(this.prefix + BEATS_KEY, this.gatewayId).catch(() => undefined);
  }
}
