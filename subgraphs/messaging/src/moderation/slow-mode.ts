/** Makes members of a slow channel wait between two messages. Counts in Redis, so that it holds across processes. */
import { ApiError } from '@chat/kit/errors';
import type { Redis } from 'ioredis';
import { canModerate, type ChannelAccess } from '../channels/channel.rules';

export class SlowMode {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
  ) {}

  /** Takes the member's turn. Owners and moderators do not wait. @throws RATE_LIMITED with `retryAfterMs` */
  async wait(access: ChannelAccess): Promise<void> {
    const { slowModeSeconds, id } = access.channel;
    if (slowModeSeconds === 0 || canModerate(access)) return;
    const key = `${this.prefix}messaging:slow:${id}:${access.viewerId}`;
    const retryAfterMs = await this.turn(key, slowModeSeconds * 1000).catch(() => sinceLast(access));
    if (retryAfterMs > 0)
      throw new ApiError('RATE_LIMITED', 'The channel is in slow mode. Wait before you write again.', { retryAfterMs });
  }

  /** @returns 0, or how long to wait, in milliseconds. */
  private async turn(key: string, ms: number): Promise<number> {
    if (await this.redis.set(key, '1', 'PX', ms, 'NX')) return 0;
    return Math.max(await this.redis.pttl(key), 1);
  }
}

/** Where Redis is away, the member's last message tells nearly as well. */
const sinceLast = ({ channel, membership }: ChannelAccess): number =>
  (membership?.lastSentAt?.getTime() ?? 0) + channel.slowModeSeconds * 1000 - Date.now();
