/**
 * Slows down guessing. Every attempt counts, however it comes (aliases, batches, parallel sockets), in Redis: per account and
 * address (of IPv6 the network), per address, and, more slowly, per account. Nobody can lock an owner out: the limit per account
 * alone does not hold at addresses that the account was used from. While Redis is away, each process counts for itself. An attempt
 * is given back unless the password was wrong.
 */
import { networkOf } from '@chat/kit/auth/address';
import { isOutage } from '@chat/kit/database/connection-error';
import { ApiError } from '@chat/kit/errors';
import type { Redis } from '@chat/kit/redis';
import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';

export interface AttemptLimitOptions {
  /** Wrong passwords for one account from one address within {@link GUESS_WINDOW_SECONDS}. */
  perAccount: number;
  /** Wrong passwords for one account from all addresses together within an hour. Default: five times as many. */
  perAccountEverywhere?: number;
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
  private readonly ceiling: RateLimiterAbstract;
  private readonly address: RateLimiterAbstract;
  private readonly creation: RateLimiterAbstract;
  private readonly mail: RateLimiterAbstract;

  constructor(
    redis: Redis,
    prefix: string,
    { perAccount, perAccountEverywhere = perAccount * 5, perAddress, newPerAddress }: AttemptLimitOptions,
  ) {
    const limiter = (name: string, points: number, duration: number) => {
      const options = { keyPrefix: `${prefix}attempts:${name}`, points, duration };
      return new RateLimiterRedis({
        ...options,
        storeClient: redis,
        insuranceLimiter: new RateLimiterMemory(options),
      });
    };
    this.account = limiter('account', perAccount, GUESS_WINDOW_SECONDS);
    this.ceiling = limiter('account-everywhere', perAccountEverywhere, HOUR_SECONDS);
    this.address = limiter('address', perAddress, GUESS_WINDOW_SECONDS);
    this.creation = limiter('creation', newPerAddress, HOUR_SECONDS);
    this.mail = limiter('mail', MAILS_PER_HOUR, HOUR_SECONDS);
  }

  /**
   * Runs one guess at the password of `account` (any name for it, the same for the same account).
   * @param attempt gets a function to call as soon as the password is known to be wrong: the guess then counts, even if the
   * refusal cannot be recorded because of an outage. Any other error counts unless it is an outage.
   * @param isKnownAddress whether the account was used from this address; asked only if the limit per account is reached
   * @throws RATE_LIMITED, without running it, after too many wrong ones.
   */
  async guess<T>(
    account: string,
    address: string | null,
    attempt: (noteWrong: () => void) => Promise<T>,
    isKnownAddress: () => Promise<boolean> = async () => false,
  ): Promise<T> {
    const accountKey = hashOf(account);
    const network = address && networkOf(address);
    const pairKey = hashOf(`${account} ${network ?? ''}`);
    const counted: [RateLimiterAbstract, string][] = [];
    const count = async (limiter: RateLimiterAbstract, key: string) => {
      await consume(limiter, key);
      counted.push([limiter, key]);
    };
    const giveBack = () => Promise.all(counted.map(([limiter, key]) => limiter.reward(key)));
    try {
      await count(this.account, pairKey);
      if (network) await count(this.address, network);
      await count(this.ceiling, accountKey).catch(async (refused: unknown) => {
        if (!(await isKnownAddress())) throw refused;
      });
    } catch (refused) {
      await giveBack(); // nothing was guessed: one limit that is reached must not use up the others
      throw refused;
    }
    let isWrong = false;
    try {
      const result = await attempt(() => (isWrong = true));
      await giveBack();
      await this.account.delete(pairKey);
      return result;
    } catch (error) {
      if (!isWrong && isDatabaseFault(error)) await giveBack();
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
