/**
 * Slows down guessing. Every attempt counts, however it comes (aliases, batches, parallel sockets), per account and per
 * address (of IPv6 the network), in Redis; while Redis is away, each process counts for itself. An attempt is given back unless
 * the password was wrong.
 */
import { networkOf } from '@chat/kit/auth/address';
import { isOutage } from '@chat/kit/database/connection-error';
import { ApiError } from '@chat/kit/errors';
import type { Redis } from '@chat/kit/redis';
import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';

export interface AttemptLimitOptions {
  /** Wrong passwords for one account within {@link GUESS_WINDOW_SECONDS}. */
  perAccount: number;
  /** Wrong passwords from one address within {@link GUESS_WINDOW_SECONDS}. */
  perAddress: number;
  /** New accounts, guests and mails from one address within an hour. */
  newPerAddress: number;
}

const GUESS_WINDOW_SECONDS = 15 * 60;
const HOUR_SECONDS = 60 * 60;
/** Mails to one address within an hour, whoever asks for them. */
const MAILS_PER_HOUR = 5;

export class AttemptLimits {
  private readonly account: RateLimiterAbstract;
  private readonly address: RateLimiterAbstract;
  private readonly creation: RateLimiterAbstract;
  private readonly mail: RateLimiterAbstract;

  constructor(redis: Redis, prefix: string, { perAccount, perAddress, newPerAddress }: AttemptLimitOptions) {
    const limiter = (name: string, points: number, duration: number) => {
      const options = { keyPrefix: `${prefix}attempts:${name}`, points, duration };
      return new RateLimiterRedis({
        ...options,
        storeClient: redis,
        insuranceLimiter: new RateLimiterMemory(options),
      });
    };
    this.account = limiter('account', perAccount, GUESS_WINDOW_SECONDS);
    this.address = limiter('address', perAddress, GUESS_WINDOW_SECONDS);
    this.creation = limiter('creation', newPerAddress, HOUR_SECONDS);
    this.mail = limiter('mail', MAILS_PER_HOUR, HOUR_SECONDS);
  }

  /**
   * Runs one guess at the password of `account` (any name for it, the same for the same account).
   * @param attempt gets a function to call as soon as the password is known to be wrong: the guess then counts, even if the
   * refusal cannot be recorded because of an outage. Any other error counts unless it is an outage.
   * @throws RATE_LIMITED, without running it, after too many wrong ones.
   */
  async guess<T>(account: string, address: string | null, attempt: (noteWrong: () => void) => Promise<T>): Promise<T> {
    const accountKey = hashOf(account);
    const addressKey = address && networkOf(address);
    await consume(this.account, accountKey);
    try {
      if (addressKey) await consume(this.address, addressKey);
    } catch (refused) {
      await this.account.reward(accountKey); // nothing was guessed: a blocked address must not lock accounts
      throw refused;
    }
    let isWrong = false;
    try {
      const result = await attempt(() => (isWrong = true));
      await this.account.delete(accountKey);
      if (addressKey) await this.address.reward(addressKey);
      return result;
    } catch (error) {
      if (!isWrong && isDatabaseFault(error)) {
        await this.account.reward(accountKey);
        if (addressKey) await this.address.reward(addressKey);
      }
      throw error;
    }
  }

  /** Counts something new from an address. @throws RATE_LIMITED where there was too much of it. */
  async create(address: string | null): Promise<void> {
    if (address) await consume(this.creation, networkOf(address));
  }

  /** Counts a mail to `recipient`. Says whether it may be sent: nobody's mailbox is filled by strangers. */
  async maySendMail(recipient: string): Promise<boolean> {
    return this.mail.consume(hashOf(recipient)).then(
      () => true,
      (refused: unknown) => {
        if (refused instanceof RateLimiterRes) return false;
        throw refused;
      },
    );
  }
}

/** An outage, or any other error of PostgreSQL, which has an SQLSTATE. */
const isDatabaseFault = (error: unknown): boolean =>
  isOutage(error) || /^[0-9A-Z]{5}$/.test(String((error as { code?: unknown }).code));

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

async function consume(limiter: RateLimiterAbstract, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    const retryAfterMs = Math.max(1, refused.msBeforeNext);
    throw new ApiError('RATE_LIMITED', `Too many attempts. Try again in ${Math.ceil(retryAfterMs / 1000)} seconds.`, {
      retryAfterMs,
    });
  }
}
