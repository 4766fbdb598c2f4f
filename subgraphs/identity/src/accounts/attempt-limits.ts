/**
 * Slows down password guessing. Counts every attempt (aliases, batches and parallel sockets included) per account and network, per
 * network, and more slowly per account. The limit per account alone does not apply on networks from which the account was used, so
 * nobody can lock an owner out. An attempt is given back unless the password was wrong. Also limits new accounts and mails.
 */
import { networkOf } from '@chat/kit/auth/address';
import { isOutage } from '@chat/kit/database/connection-error';
import { ApiError } from '@chat/kit/errors';
import { FixedWindowLimiter } from '@chat/kit/fixed-window-limiter';
import type { Redis } from '@chat/kit/redis';
import { createHash } from 'node:crypto';

export interface AttemptLimitOptions {
  /** Wrong passwords for one account from one network within {@link GUESS_WINDOW_SECONDS}. */
  perAccount: number;
  /** Wrong passwords for one account from all networks together within an hour. Default: five times as many. */
  perAccountEverywhere?: number;
  /** Wrong passwords from one network within {@link GUESS_WINDOW_SECONDS}. */
  perAddress: number;
  /** New accounts, guests and mails from one network within an hour. */
  newPerAddress: number;
}

/** The account that is guessed at: one that exists, by its id, or an unknown identifier. The two never share a counter. */
export type GuessTarget = { userId: string } | { identifier: string };

const GUESS_WINDOW_SECONDS = 15 * 60;
const HOUR_SECONDS = 60 * 60;
/** Mails to one address within an hour, from all senders together. */
const MAILS_PER_HOUR = 5;

export class AttemptLimits {
  private readonly account: FixedWindowLimiter;
  private readonly ceiling: FixedWindowLimiter;
  private readonly address: FixedWindowLimiter;
  private readonly creation: FixedWindowLimiter;
  private readonly mail: FixedWindowLimiter;

  constructor(
    redis: Redis,
    prefix: string,
    { perAccount, perAccountEverywhere = perAccount * 5, perAddress, newPerAddress }: AttemptLimitOptions,
  ) {
    const limiter = (name: string, limit: number, windowSeconds: number) =>
      new FixedWindowLimiter({ keyPrefix: `${prefix}attempts:${name}`, limit, windowSeconds, redis });
    this.account = limiter('account', perAccount, GUESS_WINDOW_SECONDS);
    this.ceiling = limiter('account-everywhere', perAccountEverywhere, HOUR_SECONDS);
    this.address = limiter('address', perAddress, GUESS_WINDOW_SECONDS);
    this.creation = limiter('creation', newPerAddress, HOUR_SECONDS);
    this.mail = limiter('mail', MAILS_PER_HOUR, HOUR_SECONDS);
  }

  /**
   * Runs one guess at the password of `target`.
   * @param attempt receives a function to call as soon as the password is known to be wrong: the guess then counts, even if an
   * outage prevents the refusal from being recorded. Any other error counts unless it is a fault of the database.
   * @param isKnownAddress whether the account was used from this network; called only if the limit per account is reached
   * @throws RATE_LIMITED, without running `attempt`, after too many wrong guesses
   */
  async guess<T>(
    target: GuessTarget,
    address: string | null,
    attempt: (noteWrong: () => void) => Promise<T>,
    isKnownAddress: () => Promise<boolean> = async () => false,
  ): Promise<T> {
    const account = JSON.stringify(target);
    const accountKey = hashOf(account);
    const network = address && networkOf(address);
    const pairKey = hashOf(`${account} ${network ?? ''}`);
    const counted: [FixedWindowLimiter, string][] = [];
    const count = async (limiter: FixedWindowLimiter, key: string) => {
      await takeOrRefuse(limiter, key);
      counted.push([limiter, key]);
    };
    const giveBack = () => Promise.all(counted.map(([limiter, key]) => limiter.giveBack(key)));
    try {
      await count(this.account, pairKey);
      if (network) await count(this.address, network);
      await count(this.ceiling, accountKey).catch(async (refused: unknown) => {
        if (!(await isKnownAddress())) throw refused;
      });
    } catch (refused) {
      await giveBack(); // nothing was guessed: reaching one limit must not use up the others
      throw refused;
    }
    let isWrong = false;
    try {
      const result = await attempt(() => (isWrong = true));
      await giveBack();
      await this.account.reset(pairKey);
      return result;
    } catch (error) {
      if (!isWrong && isDatabaseFault(error)) await giveBack();
      throw error;
    }
  }

  /** Counts a new account, guest, mail or login that began elsewhere. @throws RATE_LIMITED */
  async create(address: string | null): Promise<void> {
    if (address) await takeOrRefuse(this.creation, networkOf(address));
  }

  /** Counts a mail to `recipient`. @returns whether it may be sent, so that strangers cannot flood a mailbox */
  async maySendMail(recipient: string): Promise<boolean> {
    return (await this.mail.take(hashOf(recipient))).isAllowed;
  }
}

/** An outage, or any other error of PostgreSQL; those have an SQLSTATE. */
const isDatabaseFault = (error: unknown): boolean =>
  isOutage(error) || /^[0-9A-Z]{5}$/.test(String((error as { code?: unknown }).code));

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

async function takeOrRefuse(limiter: FixedWindowLimiter, key: string): Promise<void> {
  const { isAllowed, resetMs } = await limiter.take(key);
  if (isAllowed) return;
  const message = `Too many attempts. Try again in ${Math.ceil(resetMs / 1000)} seconds.`;
  throw new ApiError('RATE_LIMITED', message, { retryAfterMs: resetMs });
}
