/**
 * Changes of roles and permissions since access tokens were issued, so that a revoked role does not live on in a token. Identity
 * writes them; every gateway reads them and corrects the viewers of older tokens. Redis keeps recent changes. A gateway keeps all that
 * it has received, because a WebSocket that was opened with an API key may be older than any token.
 */
import type { Redis } from 'ioredis';
import type { Logger } from '@chat/kit/logging';
import type { Viewer } from '@chat/kit/auth/viewer';
import { listen } from '@chat/kit/redis';

export interface RoleChange {
  userId: string;
  roles: readonly string[];
  permissions: readonly string[];
  /** Time of the change, in milliseconds since 1970. The latest change wins, in whatever order changes arrive. */
  version: number;
  /** Tokens with a later expiry were issued after the change. In seconds since 1970. */
  tokensUntil: number;
}

const KEY = 'role-changes';
/** Delay of the retry if the changes cannot be read, in milliseconds. */
const RETRY_MS = 250;

export class RoleChangeWriter {
  constructor(
    private readonly redis: Redis,
    private readonly prefix = '',
  ) {}

  /** Idempotent. @throws if Redis does not answer; PostgreSQL has the change, so the caller retries later */
  async publish(changes: readonly RoleChange[]): Promise<void> {
    const key = this.prefix + KEY;
    const write = this.redis.multi();
    for (const change of changes) {
      const text = JSON.stringify(change);
      write.hset(key, change.userId, text).publish(key, text);
    }
    await write.exec();
  }
}

/** The changes that this process has received. `subscriber` must be a connection for subscribing only. */
export class RoleChanges implements AsyncDisposable {
  private readonly changes = new Map<string, RoleChange & { isForgotten?: boolean }>();
  private readonly sweep: NodeJS.Timeout;
  private readonly stopListening: () => Promise<void>;
  private retry?: NodeJS.Timeout;
  private isClosed = false;

  constructor(
    private readonly redis: Redis,
    subscriber: Redis,
    private readonly log: Logger,
    private readonly prefix = '',
  ) {
    this.stopListening = listen(
      subscriber,
      prefix + KEY,
      (text) => this.add(text),
      () => void this.load(),
    );
    this.sweep = setInterval(() => void this.forgetExpired(), 60_000).unref();
  }

  /** The viewer with the account's present roles and permissions; the same object if nothing has changed. */
  apply(viewer: Viewer): Viewer {
    const change = this.changes.get(viewer.id);
    if (!change || (!viewer.scope && viewer.expiresAt > change.tokensUntil)) return viewer;
    const { roles, permissions } = change;
    const { scope } = viewer;
    return { ...viewer, roles, permissions: scope ? permissions.filter((one) => scope.includes(one)) : permissions };
  }

  /** Takes over changes that Redis has not announced. @returns those that are new */
  learn(changes: readonly RoleChange[]): RoleChange[] {
    return changes.filter((change) => {
      const known = this.changes.get(change.userId);
      if (known && known.version >= change.version) return false;
      this.changes.set(change.userId, change);
      return true;
    });
  }

  private async load(): Promise<void> {
    clearTimeout(this.retry);
    try {
      for (const text of Object.values(await this.redis.hgetall(this.prefix + KEY))) this.add(text);
    } catch (error) {
      if (this.isClosed) return;
      this.log.debug({ err: error }, 'role changes could not be read; trying again');
      this.retry = setTimeout(() => void this.load(), RETRY_MS).unref();
    }
  }

  private add(text: string): void {
    const change = JSON.parse(text) as RoleChange;
    const known = this.changes.get(change.userId);
    if (!known || known.version <= change.version) this.changes.set(change.userId, change);
  }

  /** Deletes expired changes from Redis, because no token from before them is valid any more. */
  private async forgetExpired(): Promise<void> {
    const now = Date.now() / 1000;
    const expired = [...this.changes.values()].filter((change) => change.tokensUntil < now && !change.isForgotten);
    for (const change of expired) change.isForgotten = true;
    if (expired.length > 0)
      await this.redis.hdel(this.prefix + KEY, ...expired.map((change) => change.userId)).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    clearInterval(this.sweep);
    clearTimeout(this.retry);
    await this.stopListening();
  }
}
