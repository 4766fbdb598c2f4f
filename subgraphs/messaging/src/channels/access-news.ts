/** Tells gateways whose access has changed, so that they ask again about the live subscriptions of these accounts. */
import { publishAccessChanges } from '@chat/identity-client/access/access-changes';
import type { EntityManager } from '@chat/kit/database/database';
import type { JobTask, Jobs } from '@chat/kit/jobs/jobs';
import type { Logger } from '@chat/kit/logging';
import type { Redis } from 'ioredis';

/** The task's name. */
export const TELL_ACCESS = 'tell-access-changes';

export class AccessNews {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly jobs: Jobs,
    private readonly log: Logger,
  ) {}

  /** For access that is lost: told after the commit of `tx` even where this process dies right after it. */
  async willTell(tx: EntityManager, userIds: readonly string[]): Promise<void> {
    await this.jobs.enqueue(tx, TELL_ACCESS, { userIds });
  }

  /** Call it after the commit. Never throws: a Redis that is away cannot undo what is committed. */
  async tell(userIds: readonly string[]): Promise<void> {
    await this.publish(userIds).catch((error: unknown) =>
      this.log.warn({ err: error }, 'a change of access was not published'),
    );
  }

  /** The job. */
  readonly tellAgain: JobTask = ({ userIds }: { userIds: readonly string[] }) => this.publish(userIds);

  private publish(userIds: readonly string[]): Promise<void> {
    return publishAccessChanges(this.redis, userIds, this.prefix);
  }
}
