/** PostgreSQL and Redis are killed under the distributed system: failures carry a code, nothing is lost, and no process needs a restart. */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { startRedis } from '@chat/kit/embedded/redis';
import type { EmbeddedService } from '@chat/kit/embedded/service';
import { eventually, inTime } from '@chat/kit/testing/eventually';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import {
  HistoryDocument,
  LogoutDocument,
  MeDocument,
  MessageAddedDocument,
  RemoveMemberDocument,
  SendMessageDocument,
} from '../../generated/operations';
import { CHAT, type Distributed, startDistributed } from '../../harness/distributed';
import { RemotePerson } from '../../harness/remote-person';

const started = new AsyncDisposableStack();
let postgres: EmbeddedService;
let redis: EmbeddedService;
let system: Distributed;
let ada: RemotePerson;
let bob: RemotePerson;
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'chat-servers-away-'));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  postgres = started.use(await startPostgres({ dir: join(dir, 'postgres'), isThrowaway: true }));
  redis = started.use(await startRedis({ dir: join(dir, 'redis'), isThrowaway: true }));
  const servers = { databaseUrl: postgres.url, redisUrl: redis.url, redisPrefix: '' };
  system = started.use(await startDistributed({ ...servers, copies: 2, only: CHAT }));
  ada = started.use(await RemotePerson.registers(system.urls[0]!, 'ada'));
  bob = started.use(await RemotePerson.registers(system.urls[1]!, 'bob'));
}, 300_000);
afterAll(() => started.disposeAsync(), 300_000);

test('messages are sent while Redis is down, and after its return every subscriber has each once, in order', async () => {
  const channel = await ada.opens(bob);
  const bodies = Array.from({ length: 60 }, (_, index) => `message ${index}`);
  const heard = Promise.all([ada, bob, bob].map((client) => client.hears(channel, bodies.length)));
  for (const [index, body] of bodies.entries()) {
    if (index === 20) await redis.kill();
    if (index === 40) await redis.start();
    await ada.sends(channel.channelId, body);
  }
  for (const messages of await heard) {
    expect(messages.map(({ body }) => body)).toEqual(bodies);
    expect(messages.map(({ seq }) => seq)).toEqual(bodies.map((_, index) => index + 2));
  }
}, 300_000);

test('a logout while Redis is down takes effect at every gateway, at a new one, and on open subscriptions', async () => {
  await using eve = await RemotePerson.registers(system.urls[1]!, 'eve');
  const { channelId } = await ada.opens(eve);
  const socket = createClient({
    url: system.urls[0]!.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${eve.token}` },
    retryAttempts: 0,
  });
  const events = socket.iterate({ query: print(MessageAddedDocument), variables: { channelId } });
  const heard = events.next();
  const askOnSocket = async () => {
    for await (const result of socket.iterate({ query: print(MeDocument) })) return result.data;
    return undefined;
  };
  expect(await askOnSocket()).toMatchObject({ me: { username: 'eve' } });
  let isHeard = false;
  const first = heard.finally(() => (isHeard = true));
  await eventually(async () => {
    await ada.sends(channelId, 'are you there?');
    return isHeard;
  }, 'a message through the subscription');
  expect((await first).value).toMatchObject({ data: {} });
  await redis.kill();
  expect((await eve.asks(LogoutDocument, {})).errors).toBeUndefined();
  const urls = [...system.urls, await system.addGateway()];
  const codes = async () => {
    const answers = urls.map(async (url) => {
      await using client = new RemotePerson(url, eve.token);
      return (await client.asks(MeDocument, {})).errors?.[0]?.extensions?.['code'];
    });
    return Promise.all(answers);
  };
  const areRefused = async () => (await codes()).every((code) => code === 'UNAUTHENTICATED');
  await eventually(areRefused, 'refusals at all gateways'); // gateways cache identity's answer for a second
  const untilTheEnd = async () => {
    for await (const _message of events);
  };
  await expect(inTime('the end of the subscription', untilTheEnd())).rejects.toMatchObject([
    { extensions: { code: 'UNAUTHENTICATED' } },
  ]);
  await expect(askOnSocket()).rejects.toBeDefined();
  await using again = new RemotePerson(urls[2]!, ada.token);
  expect((await again.asks(MeDocument, {})).data).toMatchObject({ me: { username: 'ada' } });
  await redis.start();
  await eventually(async () => (await again.asks(MeDocument, {})).data ?? false);
  expect(await areRefused()).toBe(true);
  await socket.dispose();
}, 300_000);

test('a member who is removed while Redis is down receives no later message', async () => {
  await using eve = await RemotePerson.registers(system.urls[1]!, 'evelyn');
  const channel = await ada.opens(eve, bob);
  const { channelId, cursor } = channel;
  const { me } = await eve.does(MeDocument, {});
  const heardByBob = bob.hears(channel, 3); // first, so that his upstream serves both
  await ada.sends(channelId, 'for bob');
  const heard: string[] = [];
  const messages = await eve.follows(MessageAddedDocument, { channelId, after: cursor });
  const untilTheEnd = async () => {
    for await (const { data } of messages) heard.push(data!.messageAdded.body);
  };
  const ended = expect(inTime('the end of the subscription', untilTheEnd(), 60_000)).rejects.toMatchObject([
    { extensions: { code: 'FORBIDDEN' } },
  ]);
  await eventually(() => heard.length === 1, 'the message for bob');
  await ada.sends(channelId, 'before');
  await eventually(() => heard.length === 2, 'the message before the removal');
  await redis.kill();
  await ada.does(RemoveMemberDocument, { channelId, userId: me.id });
  await ended;
  await ada.sends(channelId, 'afterwards');
  await redis.start();
  expect((await heardByBob).map(({ body }) => body)).toEqual(['for bob', 'before', 'afterwards']);
  expect(heard).toEqual(['for bob', 'before']);
}, 300_000);

test('while PostgreSQL is down requests fail with a code; requests and subscriptions continue after its return', async () => {
  const channel = await ada.opens(bob);
  const heard = bob.hears(channel, 2);
  await ada.sends(channel.channelId, 'before');

  await postgres.kill();
  const input = { channelId: channel.channelId, body: 'meanwhile' };
  const failed = await ada.asks(SendMessageDocument, { input });
  expect(failed.errors?.[0]?.extensions?.['code']).toBe('SERVICE_UNAVAILABLE');
  await postgres.start();

  await eventually(
    async () => (await ada.asks(HistoryDocument, { id: channel.channelId, last: 1 })).data?.channel ?? false,
  );
  await ada.sends(channel.channelId, 'after');
  expect((await heard).map(({ body }) => body)).toEqual(['before', 'after']);
}, 300_000);
