/** Tells gateways of changed access, so that they ask again about the live subscriptions of the accounts. */
import { publishAccessChanges } from '@chat/identity-client/access/access-changes';
import { AccessNewsLoop } from '@chat/identity-client/access/access-news';
import type { EntityManager } from '@chat/kit/database/database';
import type { JobTask } from '@chat/kit/jobs/jobs';
import type { Logger } from '@chat/kit/logging';
import type { Redis } from 'ioredis';

/** A task of jobs that earlier versions have enqueued. */
export const TELL_ACCESS = 'tell-access-changes';

export class AccessNews implements AsyncDisposable {
  /** Access that is lost is noted by the database (`messaging.access_news`) and told from there if {@link tell} cannot. */
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
      publish: (rows) => this.publish([...new Set(rows.map(({ userId }) => userId))]),
      log,
    });
  }

  /** Call it after the commit. Never throws: a silent Redis cannot undo the commit. */
  async tell(userIds: readonly string[]): Promise<void> {
    await this.publish(userIds).catch((error: unknown) =>
      this.log.warn({ err: error }, 'a change of access was not published; trying again'),
    );
  }

  readonly tellAgain: JobTask = ({ userIds }: { userIds: readonly string[] }) => this.publish(userIds);

  private publish(userIds: readonly string[]): Promise<void> {
    return publishAccessChanges(this.redis, userIds, this.prefix);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.loop[Symbol.asyncDispose]();
  }
}
