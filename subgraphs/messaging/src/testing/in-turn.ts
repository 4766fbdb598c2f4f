/** Lets requests come to a lock one behind the other, all of them let through before the first has done anything. */
import { eventually } from '@chat/kit/testing/eventually';
import { Client } from 'pg';
import type { TestMessaging } from './test-messaging';

/** Is given what resolves when so many wait for a lock. */
type Work<T> = (wait: (count: number) => Promise<void>) => Promise<T>;

/** What `take` does is committed when `work` is done, and holds up until then who needs what it has locked. */
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

/** Holds a channel's lock while `work` is being done. */
export const whileLocked = <T>(messaging: TestMessaging, channelId: string, work: Work<T>): Promise<T> =>
  whileHeld(
    messaging,
    (client) => client.query('select 1 from messaging.channels where id = $1 for update', [channelId]),
    work,
  );

/** @returns what became of each act. Each must wait for the lock of the channel, and send no more than one group of messages. */
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
