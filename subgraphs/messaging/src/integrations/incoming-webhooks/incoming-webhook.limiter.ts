/** Limits the messages of one incoming webhook per minute, over all processes together. */
import { FixedWindowLimiter } from '@chat/kit/fixed-window-limiter';
import type { Redis } from '@chat/kit/redis';

const WINDOW_SECONDS = 60;

export class IncomingWebhookLimiter {
  private readonly limiter: FixedWindowLimiter;

  constructor(redis: Redis, prefix: string, perMinute: number) {
    const limits = { limit: perMinute, windowSeconds: WINDOW_SECONDS };
    this.limiter = new FixedWindowLimiter({ keyPrefix: `${prefix}messaging:incoming`, ...limits, redis });
  }

  /** Counts one message. @returns 0 if it is allowed, otherwise the seconds until the next attempt */
  async take(webhookId: string): Promise<number> {
    const { isAllowed, resetMs } = await this.limiter.take(webhookId);
    return isAllowed ? 0 : Math.ceil(resetMs / 1000);
  }
}
