/** Makes members of a slow channel wait between two messages. Counts in Redis, so that it holds across processes. */
import { ApiError } from '@chat/kit/errors';
import type { Redis } from 'ioredis';
import { canModerate, type ChannelAccess } from '../channels/channel.rules';

/**
 * Takes a turn where the last one is long enough ago, in one step. It keeps when the last one was, and not until when to wait:
 * a pause that is made shorter counts at once.
 */
const TAKE_TURN = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local left = tonumber(redis.call('GET', KEYS[1]) or 0) + ARGV[1] - now
  if left > 0 then return left end
  redis.call('SET', KEYS[1], now, 'PX', ARGV[1])
  return 0`;

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
    return Number(await this.redis.eval(TAKE_TURN, 1, key, ms));
  }
}

/** Where Redis is away, the member's last message tells nearly as well. */
const sinceLast = ({ channel, membership }: ChannelAccess): number =>
  (membership?.lastSentAt?.getTime() ?? 0) + channel.slowModeSeconds * 1000 - Date.now();
