/** A connection of a test to the database of its messaging, for statements of its own. */
import { Database } from '@chat/kit/database/database';
import { createLogger } from '@chat/kit/logging';
import type { TestMessaging } from './test-messaging';

export async function openTestDatabase({ config }: TestMessaging): Promise<Database> {
  const log = createLogger('test', 'silent');
  const database = await Database.open({
    url: config.DATABASE_URL,
    schema: 'messaging',
    entities: [],
    migrations: [],
    log,
  });
  await database.ready();
  return database;
}
