/** Online accounts for `@here`: those with a live connection to a gateway, as in presence. */
import { connectedAmong } from '@chat/identity-client/presence/connections';
import type { Redis } from 'ioredis';

export class OnlinePeople {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
  ) {}

  /** The online accounts among `userIds`; all of them if Redis is unavailable, because a surplus mention harms less than a missing one. */
  among(userIds: readonly string[]): Promise<Set<string>> {
    return connectedAmong(this.redis, userIds, this.prefix).catch(() => new Set(userIds));
  }
}
