// cspell:words proname pronamespace functiondef
/** The functions of a migrated database are those of the files, and SQL that appends events names only events that are defined. */
import type { Database, EntityManager } from '@chat/kit/database/database';
import { mergeStreams } from '@chat/kit/graphql/feature';
import { readdirSync } from 'node:fs';
import { features } from '../features';
import { openTestDatabase } from '../testing/test-database';
import { startTestMessaging, type TestMessaging } from '../testing/test-messaging';
import { functionFile } from './function-files';

const files = readdirSync(__dirname)
  .filter((file) => file.endsWith('.sql'))
  .map((file) => file.slice(0, -'.sql'.length))
  .sort();
const streams = mergeStreams(features);

let messaging: TestMessaging;
let database: Database;
beforeAll(async () => {
  messaging = await startTestMessaging();
  database = await openTestDatabase(messaging);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await messaging[Symbol.asyncDispose]();
});

async function definitions(em: EntityManager): Promise<Record<string, string>> {
  const rows = await em.execute<{ name: string; definition: string }[]>(
    `select proname as name, pg_get_functiondef(oid) as definition from pg_proc
     where pronamespace = 'messaging'::regnamespace and proname <> 'tell_followers' order by 1` /* that one is the kit's */,
  );
  return Object.fromEntries(rows.map(({ name, definition }) => [name, definition]));
}

test('each function has a file, and each file is applied by a migration', async () => {
  const rolledBack = new Error('rolled back');
  const compared = database.fork().transactional(async (tx) => {
    const migrated = await definitions(tx);
    expect(Object.keys(migrated).map((name) => name.replaceAll('_', '-'))).toEqual(files);
    for (const file of files) await tx.execute(functionFile(file));
    expect(migrated).toEqual(await definitions(tx));
    throw rolledBack;
  });
  await expect(compared).rejects.toBe(rolledBack);
});

describe('SQL that appends events', () => {
  const names = files.filter((name) => functionFile(name).includes('insert into messaging.event '));
  const appending = names.map(functionFile);

  test('names event types that a stream defines', () => {
    const types: string[] = streams.flatMap((stream) => stream.types);
    const named = appending.flatMap((text) => text.match(/(?<=')[A-Z][a-z]+(?:[A-Z][a-z]+)*(?=')/g) ?? []);
    expect(new Set(named)).toEqual(new Set(['MessageAdded', 'Mentioned', 'DirectMessageReceived']));
    expect(types).toEqual(expect.arrayContaining(named));
  });

  test('names streams that are defined', () => {
    const prefixes = appending.flatMap((text) => text.match(/(?<=')[a-z]+(?=:')/g) ?? []);
    expect(new Set(prefixes)).toEqual(new Set(['channel', 'inbox']));
    expect(streams.map(({ name }) => name)).toEqual(expect.arrayContaining([...new Set(prefixes)]));
  });

  test('is in these files alone, so that code appends by its typed function', () => {
    expect(names).toEqual(['send-messages', 'send-plain-messages']);
  });
});

test('the trigger that dispatches to webhooks knows each stream that is not private', () => {
  const prefixes = functionFile('dispatch-to-webhooks').match(/(?<=like ')[a-z]+(?=:%')/g)!;
  expect(prefixes.sort()).toEqual(
    streams
      .filter(({ isPrivate }) => !isPrivate)
      .map(({ name }) => name)
      .sort(),
  );
});
