/** PostgreSQL is put back to an older state under the running system. Nobody misses in silence what happens afterwards. */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { startRedis } from '@chat/kit/embedded/redis';
import type { EmbeddedService } from '@chat/kit/embedded/service';
import { eventually } from '@chat/kit/testing/eventually';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'graphql';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { Client } from 'pg';
import { HistoryDocument, MessageAddedDocument } from '../../generated/operations';
import type { ChatClient } from '../harness/client';
import { type Distributed, startDistributed } from '../harness/distributed';
import { openChannel, register, send } from '../harness/people';

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

const started = new AsyncDisposableStack();
let dir: string;
let postgres: EmbeddedService;
let system: Distributed;
let ada: ChatClient;
let bob: ChatClient;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chat-restored-'));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  postgres = started.use(await startPostgres({ dir: join(dir, 'postgres') }));
  const redis = started.use(await startRedis({ dir: join(dir, 'redis'), isThrowaway: true }));
  system = started.use(
    await startDistributed({ databaseUrl: postgres.url, redisUrl: redis.url, redisPrefix: '', copies: 1 }),
  );
  ada = started.use(await register(system.urls[0]!, 'ada'));
  bob = started.use(await register(system.urls[0]!, 'bob'));
}, 120_000);
afterAll(() => started.disposeAsync(), 120_000);

/** With owners and modes, which PostgreSQL checks. */
const copy = (from: string, to: string) => promisify(execFile)('cp', ['-a', from, to]);

const isUp = (channelId: string) =>
  eventually(async () => (await ada.execute(HistoryDocument, { id: channelId, last: 1 })).data?.channel);

test('an older cursor leads to a gap, and clients that stay connected hear of one', async () => {
  const channel = await openChannel(ada, bob);
  const { channelId } = channel;
  const data = join(dir, 'postgres');
  await postgres.stop();
  await copy(data, `${data}-backup`);
  await postgres.start();
  await isUp(channelId);

  const heard: string[] = [];
  const follow = async () => {
    for await (const { data } of bob.subscribe(EVENTS, { channelId, after: channel.cursor })) {
      if (!data) continue;
      const { __typename, message } = data.channelEvents;
      heard.push(message?.body ?? __typename);
      if (message?.body === 'the end') return;
    }
  };
  const following = follow();
  let cursor = '';
  for (let index = 0; index < 20; index++) cursor = await send(ada, channelId, `lost ${index}`);
  const page = await ada.request(PAGE, { id: channelId });
  await eventually(async () => heard.includes('lost 19'));
  const inbox = bob.subscribe(INBOX, {});
  const inboxEvent = inbox.next();
  let hasHeard = false;
  void inboxEvent.then(() => (hasHeard = true));
  while (!hasHeard) await send(ada, channelId, 'lost as well');
  const inboxCursor = (await inboxEvent).value.data!.inbox.cursor;
  await inbox.return?.();
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(`select pg_logical_emit_message(true, 'test', repeat('x', 4000000))`); // as hours of work would write
  await client.end();

  await postgres.stop();
  await rm(data, { recursive: true });
  await copy(`${data}-backup`, data);
  await postgres.start();
  await isUp(channelId);
  for (let index = 0; index < 30; index++) await send(ada, channelId, `after ${index}`); // numbers beyond the cursor again

  const events = bob.subscribe(EVENTS, { channelId, after: cursor });
  const resumed: string[] = []; // the gateway may still remember what was lost
  while (!resumed.includes('HistoryGap')) resumed.push((await events.next()).value.data!.channelEvents.__typename);
  const messages = bob.subscribe(MessageAddedDocument, { channelId, after: cursor });
  expect((await messages.next()).value.errors![0]!.extensions!['code']).toBe('SUBSCRIPTION_INTERRUPTED');
  const inboxAgain = bob.subscribe(INBOX, { after: inboxCursor });
  const kinds: string[] = [];
  while (!kinds.includes('HistoryGap')) kinds.push((await inboxAgain.next()).value.data!.inbox.__typename);
  const refused = await ada.execute(PAGE, { id: channelId, after: page.channel.messages.pageInfo.endCursor });
  expect(refused.errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  await Promise.all([events.return?.(), messages.return?.(), inboxAgain.return?.()]);

  await send(ada, channelId, 'the end');
  await following;
  const gap = heard.indexOf('HistoryGap');
  expect(gap).toBeGreaterThan(heard.indexOf('lost 19'));
  expect(heard.at(-1)).toBe('the end');
}, 120_000);
