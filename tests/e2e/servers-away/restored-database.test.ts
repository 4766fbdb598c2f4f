/** PostgreSQL is restored from a backup under the running system. No client misses later events silently. */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { startRedis } from '@chat/kit/embedded/redis';
import type { EmbeddedService } from '@chat/kit/embedded/service';
import { eventually, inTime } from '@chat/kit/testing/eventually';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'graphql';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { Client } from 'pg';
import { HistoryDocument, MessageAddedDocument } from '../../generated/operations';
import { CHAT, type Distributed, startDistributed } from '../../harness/distributed';
import { RemotePerson } from '../../harness/remote-person';

type Event = { __typename: string; cursor: string; message?: { body: string } };
const EVENTS = parse(`subscription ($channelId: ID!, $after: String) {
  channelEvents(channelId: $channelId, after: $after) { __typename cursor ... on MessageAdded { message { body } } }
}`) as TypedDocumentNode<{ channelEvents: Event }, { channelId: string; after?: string }>;
const INBOX = parse(
  'subscription ($after: String) { inbox(after: $after) { __typename cursor } }',
) as TypedDocumentNode<{ inbox: Event }, { after?: string }>;
const PAGE = parse(`query ($id: ID!, $after: String) {
  channel(id: $id) { messages(first: 5, after: $after) { pageInfo { endCursor } } }
}`) as TypedDocumentNode<
  { channel: { messages: { pageInfo: { endCursor: string } } } },
  { id: string; after?: string }
>;

/** Age after which a subgraph reads the position in the write-ahead log again, in milliseconds. */
const EPOCH_FRESH_MS = 500;

const started = new AsyncDisposableStack();
let dir: string;
let postgres: EmbeddedService;
let system: Distributed;
let ada: RemotePerson;
let bob: RemotePerson;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chat-restored-'));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  postgres = started.use(await startPostgres({ dir: join(dir, 'postgres') }));
  const redis = started.use(await startRedis({ dir: join(dir, 'redis'), isThrowaway: true }));
  system = started.use(
    await startDistributed({ databaseUrl: postgres.url, redisUrl: redis.url, redisPrefix: '', copies: 1, only: CHAT }),
  );
  ada = started.use(await RemotePerson.registers(system.urls[0]!, 'ada'));
  bob = started.use(await RemotePerson.registers(system.urls[0]!, 'bob'));
}, 300_000);
afterAll(() => started.disposeAsync(), 300_000);

/** Preserves owners and modes, which PostgreSQL checks. */
const copy = (from: string, to: string) => promisify(execFile)('cp', ['-a', from, to]);

const isUp = (channelId: string) =>
  eventually(async () => (await ada.asks(HistoryDocument, { id: channelId, last: 1 })).data?.channel ?? false);

test('a cursor from before the restore leads to a gap, and connected clients receive one', async () => {
  const channel = await ada.opens(bob);
  const { channelId } = channel;
  const data = join(dir, 'postgres');
  await postgres.stop();
  await copy(data, `${data}-backup`);
  await postgres.start();
  await isUp(channelId);

  const heard: string[] = [];
  const follow = async () => {
    for await (const { data } of await bob.follows(EVENTS, { channelId, after: channel.cursor })) {
      if (!data) continue;
      const { __typename, message } = data.channelEvents;
      heard.push(message?.body ?? __typename);
      if (message?.body === 'the end') return;
    }
  };
  const following = follow();
  let cursor = '';
  for (let index = 0; index < 20; index++)
    ({ cursor } = await ada.sends(channelId, `lost ${index}`, { select: 'cursor' }));
  const page = await ada.does(PAGE, { id: channelId });
  await eventually(() => heard.includes('lost 19'), 'the last message before the restore');
  const inbox = await bob.follows(INBOX, {});
  const inboxEvent = inbox.next();
  let hasHeard = false;
  void inboxEvent.then(() => (hasHeard = true));
  await eventually(async () => {
    await ada.sends(channelId, 'lost as well');
    return hasHeard;
  }, 'the first event of the inbox');
  const inboxCursor = (await inboxEvent).data!.inbox.cursor;
  await inbox.end();
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(`select pg_logical_emit_message(true, 'test', repeat('x', 4000000))`); // as much as hours of work write
  await client.end();
  // Only a position in the write-ahead log that messaging has read can tell it of the restore: it reads one for a page, if its last is old.
  const writtenAt = performance.now();
  while (performance.now() - writtenAt < 2 * EPOCH_FRESH_MS) await ada.sends(channelId, 'lost in the end');
  await ada.does(PAGE, { id: channelId });

  await postgres.stop();
  await rm(data, { recursive: true });
  await copy(`${data}-backup`, data);
  await postgres.start();
  await isUp(channelId);
  for (let index = 0; index < 30; index++) await ada.sends(channelId, `after ${index}`); // seq passes the cursor again

  const events = await bob.follows(EVENTS, { channelId, after: cursor });
  const resumed: string[] = []; // the gateway may still hold lost events
  while (!resumed.includes('HistoryGap')) resumed.push((await events.take(1))[0]!.channelEvents.__typename);
  const messages = await bob.follows(MessageAddedDocument, { channelId, after: cursor });
  expect((await messages.next()).errors![0]!.extensions!['code']).toBe('SUBSCRIPTION_INTERRUPTED');
  const inboxAgain = await bob.follows(INBOX, { after: inboxCursor });
  const kinds: string[] = [];
  while (!kinds.includes('HistoryGap')) kinds.push((await inboxAgain.take(1))[0]!.inbox.__typename);
  const refused = await ada.asks(PAGE, { id: channelId, after: page.channel.messages.pageInfo.endCursor });
  expect(refused.errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  await Promise.all([events.end(), messages.end(), inboxAgain.end()]);

  await ada.sends(channelId, 'the end');
  await inTime('the end of what was sent', following, 60_000);
  const gap = heard.indexOf('HistoryGap');
  expect(gap).toBeGreaterThan(heard.indexOf('lost 19'));
  expect(heard.at(-1)).toBe('the end');
}, 300_000);
