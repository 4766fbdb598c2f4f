/**
 * Who is connected live, and at which gateway: in Redis, so that every process can know. Gateways write, others read.
 * A gateway that crashes writes no heartbeat, and whoever notices first takes its entries away. Presence and the limits on
 * connections (see connection-counts.ts) may depend on it, never access.
 *
 * Keys: `connections:gateways` sorted set, gateway → when it counts as gone (milliseconds since 1970);
 * `connections:user:<id>` hash, `<gateway>/<connection>` → since when; `connections:users:<gateway>` set of its users;
 * channel `connections`, `{ userId }` whenever a user's first connection at a gateway has come or its last has gone.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from '@chat/kit/logging';
import { listen } from '@chat/kit/redis';
import { ConnectionCounts, forgetCounts } from './connection-counts';

export interface LiveConnection {
  gatewayId: string;
  connectionId: string;
  /** Milliseconds since 1970. */
  since: number;
}

const HEARTBEAT_MS = 5_000;
/** A gateway that has been silent for so long is gone. */
const GONE_AFTER_MS = 15_000;

const GATEWAYS = 'connections:gateways';
const CHANNEL = 'connections';
const userKey = (userId: string) => `connections:user:${userId}`;
const usersKey = (gatewayId: string) => `connections:users:${gatewayId}`;

/** The live connections of an account, those of crashed gateways left out. @throws where Redis is away. */
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

/** Those of `userIds` who have a live connection, those of crashed gateways left out. @throws where Redis is away. */
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

/** Hears of accounts whose connections may have changed, without `userId` where any may have; ask {@link connectionsOf} then. */
export function watchConnections(
  subscriber: Redis,
  listener: (change: { userId?: string }) => void,
  prefix = '',
): () => Promise<void> {
  const onMessage = (text: string) => listener(JSON.parse(text) as { userId: string });
  return listen(subscriber, prefix + CHANNEL, onMessage, () => listener({}));
}

/** Takes the entries of crashed gateways away and rings for their users. Safe to run anywhere and at once. @throws where Redis is away. */
export async function sweepConnections(redis: Redis, prefix = ''): Promise<void> {
  for (const gatewayId of await redis.zrange(prefix + GATEWAYS, 0, Date.now(), 'BYSCORE')) {
    const isMine = await redis.zrem(prefix + GATEWAYS, gatewayId);
    if (isMine) await forget(redis, prefix, gatewayId);
  }
}

async function forget(redis: Redis, prefix: string, gatewayId: string): Promise<void> {
  for (const userId of await redis.smembers(prefix + usersKey(gatewayId))) {
    const fields = (await redis.hkeys(prefix + userKey(userId))).filter((field) => field.startsWith(`${gatewayId}/`));
    if (fields.length > 0) await redis.hdel(prefix + userKey(userId), ...fields);
    await redis.publish(prefix + CHANNEL, JSON.stringify({ userId }));
  }
  await redis.del(prefix + usersKey(gatewayId));
  await forgetCounts(redis, prefix, gatewayId);
}

/** One gateway's entries. Never throws: while Redis is away it remembers, and writes everything when it is back. */
export class ConnectionRegistry implements AsyncDisposable {
  readonly gatewayId = randomUUID();
  private readonly byUser = new Map<string, Map<string, number>>();
  private readonly timer: NodeJS.Timeout;
  private readonly counts: ConnectionCounts;
  private changed = new Set<string>();
  private isScheduled = false;
  /** Whether something could not be written, so that everything has to be. */
  private isBehind = false;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly redis: Redis,
    private readonly log: Logger,
    private readonly prefix = '',
  ) {
    this.counts = new ConnectionCounts(redis, this.gatewayId, prefix + GATEWAYS, prefix);
    this.timer = setInterval(() => this.beat(), HEARTBEAT_MS).unref();
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
   * Whether one more connection of `key` (an account, an address) may come, so that this gateway holds `own` and all together
   * hold at most `max`. While Redis is away it may. Tell {@link holds} where it goes, and where it was not let in.
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

  /** How many connections of `key` this gateway holds now. */
  holds(key: string, own: number): void {
    this.counts.hold(key, own);
    this.schedule();
  }

  /** Settles when everything so far is in Redis, or could not be written. */
  async settled(): Promise<void> {
    let last: Promise<void>;
    do await (last = this.writing);
    while (last !== this.writing);
  }

  private touch(userId: string): void {
    this.changed.add(userId);
    this.schedule();
  }

  /** Changes of one turn of the event loop are written together. */
  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.enqueue(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      this.isScheduled = false;
      await this.writeChanges(false);
    });
  }

  /** Says that this gateway lives; it does so by itself every few seconds. */
  beat(): void {
    this.enqueue(async () => {
      const isNew = await this.redis.zadd(this.prefix + GATEWAYS, Date.now() + GONE_AFTER_MS, this.gatewayId);
      // Redis has lost it, or somebody took this gateway for dead, or Redis was away.
      if (isNew || this.isBehind) {
        this.isBehind = false;
        await this.writeChanges(true);
      }
      await sweepConnections(this.redis, this.prefix);
    });
  }

  private enqueue(work: () => Promise<void>): void {
    this.writing = this.writing.then(work).catch((error: unknown) => {
      if (!this.isBehind) this.log.warn({ err: error }, 'live connections could not be written; trying until they can');
      this.isBehind = true;
    });
  }

  private async writeChanges(isAll: boolean): Promise<void> {
    const users = isAll ? new Set([...this.byUser.keys(), ...this.changed]) : this.changed;
    this.changed = new Set();
    try {
      await this.write([...users]);
    } catch (error) {
      for (const userId of users) this.changed.add(userId);
      throw error;
    }
    await this.counts.write(isAll);
  }

  /** Makes Redis agree with this process about some users, and rings for them. */
  private async write(userIds: readonly string[]): Promise<void> {
    const { prefix, gatewayId } = this;
    const known = userIds.length > 0 ? await this.fieldsOf(userIds) : [];
    const write = this.redis.pipeline();
    userIds.forEach((userId, index) => {
      const connections = this.byUser.get(userId);
      const stale = known[index]!.filter((field) => !connections?.has(field.slice(gatewayId.length + 1)));
      const had = known[index]!.length > 0;
      if (stale.length > 0) write.hdel(prefix + userKey(userId), ...stale);
      for (const [id, since] of connections ?? []) write.hset(prefix + userKey(userId), `${gatewayId}/${id}`, since);
      if (connections) write.sadd(prefix + usersKey(gatewayId), userId);
      else write.srem(prefix + usersKey(gatewayId), userId);
      if (had !== (connections !== undefined)) write.publish(prefix + CHANNEL, JSON.stringify({ userId }));
    });
    for (const [error] of (await write.exec()) ?? []) if (error) throw error;
  }

  /** What Redis knows of each user's connections here. */
  private async fieldsOf(userIds: readonly string[]): Promise<string[][]> {
    const read = this.redis.pipeline();
    for (const userId of userIds) read.hkeys(this.prefix + userKey(userId));
    return ((await read.exec()) ?? []).map(([error, fields]) => {
      if (error) throw error;
      return (fields as string[]).filter((field) => field.startsWith(`${this.gatewayId}/`));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.timer);
    await this.settled();
    await forget(this.redis, this.prefix, this.gatewayId).catch(() => undefined);
    await this.redis.zrem(this.prefix + GATEWAYS, this.gatewayId).catch(() => undefined);
  }
}
