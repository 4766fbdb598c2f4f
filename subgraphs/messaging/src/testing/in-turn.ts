/** Queues requests on a lock in a fixed order. All pass their checks before the first acquires the lock. */
import { eventually } from '@chat/kit/testing/eventually';
import { Client } from 'pg';
import type { TestMessaging } from './test-messaging';

/** `wait(count)` resolves when that many sessions wait for a lock. */
type Work<T> = (wait: (count: number) => Promise<void>) => Promise<T>;

/** Holds the locks of `take` until `work` is done, then commits. */
export async function whileHeld<T>(
  { config }: TestMessaging,
  take: (client: Client) => Promise<unknown>,
  work: Work<T>,
): Promise<T> {
  const [holder, watcher] = [1, 2].map(() => new Client({ connectionString: config.DATABASE_URL })) as [Client, Client];
  await Promise.all([holder.connect(), watcher.connect()]);
  try {
    await holder.query('begin');
    await take(holder);
    const result = await work(async (count) => {
      await eventually(
        async () => expect(await waiting(watcher)).toBeGreaterThanOrEqual(count),
        `${count} statements that wait for a lock`,
      );
    });
    await holder.query('commit');
    return result;
  } finally {
    await Promise.all([holder.end(), watcher.end()]);
  }
}

/** Holds the lock of a channel during `work`. */
export const whileLocked = <T>(messaging: TestMessaging, channelId: string, work: Work<T>): Promise<T> =>
  whileHeld(
    messaging,
    (client) => client.query('select 1 from messaging.channels where id = $1 for update', [channelId]),
    work,
  );

/** @returns the results. Each act must wait for the channel's lock and send at most one batch of messages. */
export async function inTurn(
  messaging: TestMessaging,
  channelId: string,
  ...acts: (() => Promise<unknown>)[]
): Promise<PromiseSettledResult<unknown>[]> {
  const results: Promise<unknown>[] = [];
  await whileLocked(messaging, channelId, async (wait) => {
    for (const act of acts) {
      const result = act();
      result.catch(() => undefined);
      results.push(result);
      await wait(results.length);
    }
  });
  return Promise.allSettled(results);
}

async function waiting(client: Client): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return Number(rows[0]!.count);
}
