/** How many messages one incoming webhook may bring per minute. Counted in Redis for all processes; by each for itself while Redis is away. */
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

export class IncomingWebhookLimiter {
  private readonly limiter: RateLimiterRedis;

  constructor(redis: Redis, prefix: string, perMinute: number) {
    const limits = { points: perMinute, duration: 60 };
    this.limiter = new RateLimiterRedis({
      ...limits,
      storeClient: redis,
      keyPrefix: `${prefix}messaging:incoming`,
      insuranceLimiter: new RateLimiterMemory(limits),
    });
  }

  /** Counts one message. @returns 0 where it may come, else after how many seconds to try again. */
  async take(webhookId: string): Promise<number> {
    try {
      await this.limiter.consume(webhookId);
      return 0;
    } catch (rejection) {
      if (rejection instanceof RateLimiterRes) return Math.max(1, Math.ceil(rejection.msBeforeNext / 1000));
      throw rejection;
    }
  }
}
