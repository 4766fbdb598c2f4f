/** Who is online, for `@here`: whoever has a live connection to a gateway, as presence sees it too. */
import { connectedAmong } from '@chat/identity-client/presence/connections';
import type { Redis } from 'ioredis';

export class OnlinePeople {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
  ) {}

  /** Those of `userIds` who are online; all of them where Redis cannot tell, as a mention too many harms less than one too few. */
  among(userIds: readonly string[]): Promise<Set<string>> {
    return connectedAmong(this.redis, userIds, this.prefix).catch(() => new Set(userIds));
  }
}
