/**
 * Spreads through Redis which sessions have ended, and spreads it again where it may not have arrived:
 * after a restart of Redis, and every few seconds for what a crash kept from being published.
 */
import { RevocationWriter } from '@chat/kit/auth/revocations';
import type { EntityManager } from '@chat/kit/database/database';
import type { Logger } from '@chat/kit/logging';
import type { Redis } from '@chat/kit/redis';

/** How often what ended lately is published again, in milliseconds. */
const REPEAT_MS = 5_000;
/** What "lately" means: long enough that a process which stood still for a while does not miss any. */
const LATELY_MS = 60_000;

export class SessionRevoker implements AsyncDisposable {
  private readonly writer: RevocationWriter;
  private readonly timer: NodeJS.Timeout;
  private readonly onReady = () => void this.republish(this.accessLifetimeMs);

  constructor(
    private readonly redis: Redis,
    prefix: string,
    private readonly accessLifetimeMs: number,
    private readonly fork: () => EntityManager,
    private readonly log: Logger,
  ) {
    this.writer = new RevocationWriter(redis, prefix);
    redis.on('ready', this.onReady);
    this.timer = setInterval(() => void this.republish(LATELY_MS), REPEAT_MS).unref();
  }

  /** Call it after commit. Never throws: what Redis does not take now, it gets when it is back. */
  async publish(sessionIds: readonly string[]): Promise<void> {
    try {
      await this.writer.revoke(sessionIds, Date.now() + this.accessLifetimeMs);
    } catch (error) {
      this.log.warn({ err: error }, 'ended sessions could not be published; they will be when Redis is back');
    }
  }

  /** Publishes what ended within the last `periodMs` once more. */
  async republish(periodMs: number): Promise<void> {
    try {
      const rows = await this.fork().execute<{ id: string }[]>(
        'select id from identity.sessions where revoked_at > ?',
        [new Date(Date.now() - Math.min(periodMs, this.accessLifetimeMs))],
      );
      await this.publish(rows.map((row) => row.id));
    } catch (error) {
      this.log.debug({ err: error }, 'ended sessions could not be read');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.timer);
    this.redis.off('ready', this.onReady);
  }
}
