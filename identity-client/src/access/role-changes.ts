/**
 * What accounts may do since their access tokens were made: a role that is taken away must not live on in a token.
 * Identity writes, every gateway reads and corrects the viewers that it gets from older tokens. Redis holds what changed lately;
 * a gateway remembers what it has heard, as a WebSocket that was opened with an API key may be older than any token.
 */
import type { Redis } from 'ioredis';
import type { Logger } from '@chat/kit/logging';
import type { Viewer } from '@chat/kit/auth/viewer';
import { listen } from '@chat/kit/redis';

export interface RoleChange {
  userId: string;
  roles: readonly string[];
  permissions: readonly string[];
  /** When the account's roles changed last, in milliseconds since 1970: of two changes the later one counts, in whatever order they come. */
  version: number;
  /** Tokens that end later than this were made after the change; in seconds since 1970. */
  tokensUntil: number;
}

const KEY = 'role-changes';
/** When the changes are read again after that has failed, in milliseconds. */
const RETRY_MS = 250;

export class RoleChangeWriter {
  constructor(
    private readonly redis: Redis,
    private readonly prefix = '',
  ) {}

  /** Safe to repeat. @throws where Redis is away; the truth is in PostgreSQL, so the caller repeats it later. */
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

/** The changes as this process knows them. Needs a Redis connection of its own, as it subscribes on it. */
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

  /** The viewer with the roles and permissions that the account has now; the same object where nothing has changed. */
  apply(viewer: Viewer): Viewer {
    const change = this.changes.get(viewer.id);
    if (!change || (!viewer.scope && viewer.expiresAt > change.tokensUntil)) return viewer;
    const { roles, permissions } = change;
    const { scope } = viewer;
    return { ...viewer, roles, permissions: scope ? permissions.filter((one) => scope.includes(one)) : permissions };
  }

  private async load(): Promise<void> {
    clearTimeout(this.retry);
    try {
      for (const text of Object.values(await this.redis.hgetall(this.prefix + KEY))) this.add(text);
    } catch (error) {
      if (this.isClosed) return;
      this.log.debug({ err: error }, 'changed roles could not be read; trying again');
      this.retry = setTimeout(() => void this.load(), RETRY_MS).unref();
    }
  }

  private add(text: string): void {
    const change = JSON.parse(text) as RoleChange;
    const known = this.changes.get(change.userId);
    if (!known || known.version <= change.version) this.changes.set(change.userId, change);
  }

  /** In Redis: nobody who comes from now on has a token from before. */
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
