/** Publishes changes of access to channels, so that gateways authorize the live subscriptions of the accounts again. */
import { publishAccessChanges } from '@chat/identity-client/access/access-changes';
import { AccessNewsLoop } from '@chat/identity-client/access/access-news';
import type { EntityManager } from '@chat/kit/database/database';
import type { JobTask } from '@chat/kit/jobs/jobs';
import type { Logger } from '@chat/kit/logging';
import type { Redis } from 'ioredis';

/** A job task that earlier releases enqueued. */
export const TELL_ACCESS = 'tell-access-changes';

export class AccessNews implements AsyncDisposable {
  /** Publishes lost access that {@link publish} could not; a trigger writes `messaging.access_news`. */
  private readonly loop: AccessNewsLoop<{ userId: string }>;

  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    fork: () => EntityManager,
    private readonly log: Logger,
  ) {
    this.loop = new AccessNewsLoop({
      redis,
      prefix,
      source: 'messaging',
      fork,
      table: 'messaging.access_news',
      columns: 'user_id as "userId"',
      publish: (rows) => this.send([...new Set(rows.map(({ userId }) => userId))]),
      log,
    });
  }

  /** Call it after the commit. Never throws: Redis being unavailable cannot undo the commit. */
  async publish(userIds: readonly string[]): Promise<void> {
    await this.send(userIds).catch((error: unknown) =>
      this.log.warn({ err: error }, 'could not publish a change of access; retrying'),
    );
  }

  /** The task {@link TELL_ACCESS}. */
  readonly publishAgain: JobTask = ({ userIds }: { userIds: readonly string[] }) => this.send(userIds);

  private send(userIds: readonly string[]): Promise<void> {
    return publishAccessChanges(this.redis, userIds, this.prefix);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.loop[Symbol.asyncDispose]();
  }
}
