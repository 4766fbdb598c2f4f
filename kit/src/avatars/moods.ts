/**
 * The moods of accounts, from the process that reads their messages to the rooms whose avatars show them. A room that wants the mood of an
 * account says so in Redis, so that nobody judges texts for nothing. Moods are not stored: a mood that nobody hears is gone.
 */
import type { Redis } from 'ioredis';
import { isAnswering, listen } from '../redis';
import type { VrmExpression } from './vrm-expressions';

/** A room that has heard no mood of an account for so long gets none any more, in seconds. It covers rooms that end without a word. */
const WANTED_S = 24 * 60 * 60;

const CHANNEL = 'moods';

export interface Mood {
  userId: string;
  expression: VrmExpression;
}

export class Moods {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
  ) {}

  /** Whether `room` wants the mood of an account from now on. @throws if Redis does not answer */
  async want(userId: string, room: string, isWanted: boolean): Promise<void> {
    const key = this.key(userId);
    if (isWanted) await this.redis.multi().sadd(key, room).expire(key, WANTED_S).exec();
    else await this.redis.srem(key, room);
  }

  /** The rooms that want the mood of an account. */
  rooms(userId: string): Promise<string[]> {
    return this.redis.smembers(this.key(userId));
  }

  /** Tells moods to the rooms that want them. @param judges called only for accounts with such a room. @throws if Redis does not answer */
  async tell(judges: ReadonlyMap<string, () => VrmExpression>): Promise<void> {
    if (!isAnswering(this.redis)) return;
    const ask = this.redis.pipeline();
    for (const userId of judges.keys()) ask.expire(this.key(userId), WANTED_S);
    const isWanted = ((await ask.exec()) ?? []).map(([error, found]) => !error && found === 1);
    const tell = this.redis.pipeline();
    for (const [index, [userId, judge]] of [...judges].entries()) {
      if (!isWanted[index]) continue;
      const mood: Mood = { userId, expression: judge() };
      tell.publish(this.prefix + CHANNEL, JSON.stringify(mood));
    }
    await tell.exec();
  }

  private key(userId: string): string {
    return `${this.prefix}moods:${userId}`;
  }

  /** Calls `listener` for every mood that is told. Every process hears all of them. @returns how to stop */
  hear(subscriber: Redis, listener: (mood: Mood) => void): () => Promise<void> {
    return listen(
      subscriber,
      this.prefix + CHANNEL,
      (text) => listener(JSON.parse(text) as Mood),
      () => undefined,
    );
  }
}
