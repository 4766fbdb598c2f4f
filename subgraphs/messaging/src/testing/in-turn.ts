/** Lets requests come to a channel's lock one behind the other, all of them let through before the first has done anything. */
import { Client } from 'pg';
import type { TestMessaging } from './test-messaging';

/** @returns what became of each act. Each must wait for the lock of the channel, and send no more than one group of messages. */
export async function inTurn(
  { config }: TestMessaging,
  channelId: string,
  ...acts: (() => Promise<unknown>)[]
): Promise<PromiseSettledResult<unknown>[]> {
  const [holder, watcher] = [1, 2].map(() => new Client({ connectionString: config.DATABASE_URL })) as [Client, Client];
  await Promise.all([holder.connect(), watcher.connect()]);
  const results: Promise<unknown>[] = [];
  try {
    await holder.query('begin');
    await holder.query('select 1 from messaging.channels where id = $1 for update', [channelId]);
    for (const act of acts) {
      const result = act();
      result.catch(() => undefined);
      results.push(result);
      while ((await waiting(watcher)) < results.length);
    }
  } finally {
    await Promise.all([holder.end(), watcher.end()]); // and so lets go
  }
  return Promise.allSettled(results);
}

async function waiting(client: Client): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return Number(rows[0]!.count);
}
