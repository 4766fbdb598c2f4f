/** Limits questions to the assistant per account and per channel, over all processes together. */
import { ApiError } from '@chat/kit/errors';
import { FixedWindowLimiter } from '@chat/kit/fixed-window-limiter';
import type { Redis } from '@chat/kit/redis';

const WINDOW_SECONDS = 60;

export interface QuestionLimits {
  /** Questions of one account per minute. */
  perAccount: number;
  /** Questions in one channel per minute. */
  perChannel: number;
}

export class QuestionLimiter {
  private readonly accounts: FixedWindowLimiter;
  private readonly channels: FixedWindowLimiter;

  constructor(redis: Redis, prefix: string, { perAccount, perChannel }: QuestionLimits) {
    const windowSeconds = WINDOW_SECONDS;
    const limiter = (name: string, limit: number) =>
      new FixedWindowLimiter({ keyPrefix: `${prefix}messaging:questions:${name}`, limit, windowSeconds, redis });
    this.accounts = limiter('account', perAccount);
    this.channels = limiter('channel', perChannel);
  }

  /** Counts one question. An account that is refused does not use up the allowance of its channel. @throws RATE_LIMITED */
  async take(accountId: string, channelId: string): Promise<void> {
    const account = await this.accounts.take(accountId);
    if (!account.isAllowed) throw refusal('You have asked the assistant too often.', account.resetMs);
    const channel = await this.channels.take(channelId);
    if (!channel.isAllowed) throw refusal('The assistant is asked too often in this channel.', channel.resetMs);
  }
}

const refusal = (message: string, retryAfterMs: number) => new ApiError('RATE_LIMITED', message, { retryAfterMs });
