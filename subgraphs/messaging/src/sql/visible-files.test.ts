/** visible_files and retrievable_channels decide as canSee does, for every kind of channel, membership and grant. */
import type { Database } from '@chat/kit/database/database';
import { newId } from '@chat/kit/ids';
import { ChannelAccessReader } from '../channels/channel-access.reader';
import { ChannelType } from '../channels/channel.entity';
import { canSee } from '../channels/channel.rules';
import { openTestDatabase } from '../testing/test-database';
import { startTestMessaging, type TestMessaging } from '../testing/test-messaging';

let messaging: TestMessaging;
let database: Database;
beforeAll(async () => {
  messaging = await startTestMessaging();
  database = await openTestDatabase(messaging);
  // The columns that messaging reads of identity's table.
  await run('create schema identity');
  await run(
    'create table identity.effective_grants (user_id uuid, resource_type text, resource_id text, permission text)',
  );
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await messaging[Symbol.asyncDispose]();
});

const run = (sql: string, values: unknown[] = []) => database.fork().execute<{ id: string }[]>(sql, values);

/** A message with one attached file. @returns the file's id */
async function attach(channelId: string): Promise<string> {
  const [messageId, fileId] = [newId(), newId()];
  await run(
    `insert into messaging.messages (id, channel_id, seq, event_seq, author_id, body, created_at) values (?, ?, 1, 1, ?, 'x', now())`,
    [messageId, channelId, newId()],
  );
  await run('insert into messaging.message_attachments (message_id, position, file_id) values (?, 0, ?)', [
    messageId,
    fileId,
  ]);
  return fileId;
}

const visible = async (viewerId: string | null, fileId: string) =>
  (await run('select visible as id from messaging.visible_files(?, array[?]::uuid[]) as visible', [viewerId, fileId]))
    .length === 1;

const retrievable = async (viewerId: string | null, granted: string[], channelId: string) =>
  (
    await run(
      'select id from messaging.retrievable_channels(?, array(select jsonb_array_elements_text(?::jsonb))) as id where id = ?',
      [viewerId, JSON.stringify(granted), channelId],
    )
  ).length === 1;

const situations = [ChannelType.PUBLIC, ChannelType.PRIVATE, ChannelType.DIRECT].flatMap((type) =>
  [null, 'JOINED', 'LEFT', 'BANNED'].flatMap((state) =>
    [null, 'this', '*', 'another'].map((granted) => ({ type, state, granted })),
  ),
);

test.each(situations)('%o', async ({ type, state, granted }) => {
  const [channelId, viewerId] = [newId(), newId()];
  await run(
    'insert into messaging.channels (id, type, name, direct_key, created_by, created_at) values (?, ?, ?, ?, ?, now())',
    [channelId, type, 'x', type === ChannelType.DIRECT ? channelId : null, newId()],
  );
  if (state !== null)
    await run(
      `insert into messaging.members (channel_id, user_id, state, role, joined_at) values (?, ?, ?, 'MEMBER', now())`,
      [channelId, viewerId, state],
    );
  const resource = granted === null ? null : { this: channelId, '*': '*', another: newId() }[granted]!;
  if (resource !== null) {
    await run(`insert into identity.effective_grants values (?, 'Channel', ?, 'READ')`, [viewerId, resource]);
  }
  const fileId = await attach(channelId);
  const { channel, membership } = (await new ChannelAccessReader(() => database.pool()).read(viewerId, channelId))!;
  const isGranted = granted === 'this' || granted === '*';
  const expected = canSee({
    viewerId,
    isInstallationModerator: false,
    channel,
    membership,
    granted: isGranted ? ['READ'] : [],
  });
  expect(await visible(viewerId, fileId)).toBe(expected);
  expect(await visible(null, fileId)).toBe(true);
  const resources = resource === null ? [] : [resource];
  for (const accountId of [viewerId, null]) expect(await retrievable(accountId, resources, channelId)).toBe(false);
  const optIn = () => run('update messaging.channels set open_to_retrieval = true where id = ?', [channelId]);
  if (type === ChannelType.DIRECT) await expect(optIn()).rejects.toThrow('no_retrieval_of_direct');
  else {
    await optIn();
    expect(await retrievable(viewerId, resources, channelId)).toBe(expected);
    expect(await retrievable(null, [], channelId)).toBe(true);
  }
  await run('update messaging.messages set deleted_at = now() where channel_id = ?', [channelId]);
  expect(await visible(viewerId, fileId)).toBe(false);
});
