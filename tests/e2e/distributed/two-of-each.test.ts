/** Two gateways, each with its own subgraph processes: messages sent through one arrive at the other. */
import { VIEWER_HEADER, ViewerHeader } from '@chat/kit/auth/viewer-header';
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { eventually } from '@chat/kit/testing/eventually';
import type { Data } from '@chat/kit/testing/person';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import type { Listening } from '@chat/kit/testing/person';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse, print } from 'graphql';
import { HistoryDocument, MeDocument, MessageAddedDocument } from '../../generated/operations';
import { type Distributed, startDistributed } from '../../harness/distributed';
import { RemotePerson } from '../../harness/remote-person';

const started = new AsyncDisposableStack();
let system: Distributed;
let ada: RemotePerson;
let bob: RemotePerson;
beforeAll(async () => {
  const database = started.use(await createTestDatabase('empty', () => Promise.resolve()));
  system = started.use(
    await startDistributed({
      databaseUrl: database.url,
      redisUrl: testRedisUrl(),
      redisPrefix: testRedisPrefix(),
      copies: 2,
    }),
  );
  ada = started.use(await RemotePerson.registers(system.urls[0]!, 'ada'));
  bob = started.use(await RemotePerson.registers(system.urls[1]!, 'bob'));
}, 300_000);
afterAll(() => started.disposeAsync(), 300_000);

test('a message sent through one gateway reaches a subscriber on the other, with its author', async () => {
  const channel = await ada.opens(bob);
  const heard = bob.hears(channel, 3);
  for (const body of ['one', 'two', 'three']) await ada.sends(channel.channelId, body);
  expect(await heard).toEqual(
    ['one', 'two', 'three'].map((body, index) => ({ seq: index + 2, body, author: { displayName: 'ADA' } })),
  );
});

test('messages sent through both at the same time have one order for all subscribers', async () => {
  const channel = await ada.opens(bob);
  const heard = Promise.all([ada.hears(channel, 40), bob.hears(channel, 40)]);
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  await Promise.all(
    [ada, bob].map(async (client) => {
      for (const number of numbers) await client.sends(channel.channelId, `number ${number}`);
    }),
  );
  const [byAda, byBob] = await heard;
  expect(byAda).toEqual(byBob);
  expect(byAda.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, index) => index + 2));
  const { channel: read } = await bob.does(HistoryDocument, { id: channel.channelId, last: 40 });
  expect(read?.messages.edges.map(({ node }) => node)).toEqual(byAda);
});

test('each event with a non-null field that its subscriber may not see arrives as null with FORBIDDEN', async () => {
  const channel = await ada.opens(bob);
  const document = parse(
    `subscription ($channelId: ID!, $after: String) {
      messageAdded(channelId: $channelId, after: $after) { body channel { name filteredWords } }
    }`,
  ) as TypedDocumentNode<object, { channelId: string; after: string }>;
  const events = await bob.follows(document, { channelId: channel.channelId, after: channel.cursor });
  for (const body of ['one', 'two']) {
    await ada.sends(channel.channelId, body);
    expect(await events.next()).toEqual({
      data: null,
      errors: [
        expect.objectContaining({
          path: ['messageAdded', 'channel', 'filteredWords'],
          extensions: { code: 'FORBIDDEN' },
        }),
      ],
    });
  }
  await events.end();
});

test('a subgraph refuses direct requests that are not from a gateway', async () => {
  const [, address = ''] = await system.subgraphs['identity']![0]!.waitFor(/"url":"([^"]+)","msg":"listening"/);
  const ask = async (headers: Record<string, string>) => {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: print(MeDocument) }),
    });
    return (await response.json()) as { data?: { me: { id: string } | null } | null; errors?: object[] };
  };
  const { me } = await ada.does(MeDocument, {});
  const viewer = { id: me.id, sessionId: me.id, roles: ['USER'], permissions: [], expiresAt: Date.now() / 1000 + 60 };
  const forged = new ViewerHeader('another secret than the one of this system').sign(viewer);

  expect((await ask({})).errors).toHaveLength(1);
  expect((await ask({ [VIEWER_HEADER]: forged })).errors).toHaveLength(1);
  await using forger = new RemotePerson(system.urls[0]!);
  expect((await forger.asks(MeDocument, {}, { [VIEWER_HEADER]: forged })).errors?.[0]?.extensions?.['code']).toBe(
    'UNAUTHENTICATED',
  );
});

test('the restart of a subgraph ends no subscription, and no message sent meanwhile is lost', async () => {
  const { channelId, cursor } = await ada.opens(bob);
  const messages = await bob.follows(MessageAddedDocument, { channelId, after: cursor });
  const next = async () => (await messages.take(1))[0]!.messageAdded.body;
  await ada.sends(channelId, 'before');
  expect(await next()).toBe('before');
  await system.restart('messaging', 1, () => ada.sends(channelId, 'meanwhile'));
  await ada.sends(channelId, 'after');
  expect([await next(), await next()]).toEqual(['meanwhile', 'after']);
  await messages.end();
});

const ROOM = `query ($id: ID!) { room(id: $id) { occupantCount objects { kind state } occupants { user { id } pose { position { x } } } } }`;
const FRAMES = 'subscription ($roomId: ID!) { roomFrames(roomId: $roomId) { isFull joined { userId } left } }';
const JOIN = 'mutation ($roomId: ID!) { joinRoom(roomId: $roomId) { epoch } }';

/** Resolves at the frame that says so: one of the departure or, if the killed process has sent the frames, the full one that follows. */
async function absenceOf(userId: string, frames: Listening<any>): Promise<void> {
  for (let wasInterrupted = false; ;) {
    const { data, errors } = await frames.next();
    if (errors) expect(errors.map(({ extensions }) => extensions?.['code'])).toEqual(['SUBSCRIPTION_INTERRUPTED']);
    wasInterrupted ||= errors !== undefined;
    if (!data) continue;
    const { isFull, joined, left } = data.roomFrames;
    if (left.includes(userId)) return;
    if (wasInterrupted && isFull && !joined.some((occupant: { userId: string }) => occupant.userId === userId)) return;
  }
}

test('a killed process of rooms changes nothing in a room, and a killed gateway removes its occupants only', async () => {
  const roomId = (await ada.does('mutation { createRoom(input: { name: "Plaza" }) { id } }')).createRoom.id;
  const transform = { position: { x: 1, y: 0, z: 1 } };
  await ada.does('mutation ($input: PlaceObjectInput!) { placeObject(input: $input) { id } }', {
    input: { roomId, kind: 'door', transform },
  });
  const doomed = await system.addGateway();
  await using elsewhere = new RemotePerson(doomed, bob.token, bob.id, {});
  const frames = await ada.follows(FRAMES, { roomId });
  const theirs = await elsewhere.follows(FRAMES, { roomId });
  await frames.take(1);
  await theirs.take(1);
  for (const person of [ada, elsewhere]) await person.does(JOIN, { roomId });
  await ada.does('mutation ($input: MoveInput!) { move(input: $input) }', {
    input: { roomId, position: { x: 2, y: 0, z: 0 } },
  });
  const both = async () => (await ada.does(ROOM, { id: roomId })).room.occupantCount === 2;
  await eventually(both, 'two occupants');

  system.subgraphs['rooms']![1]!.signal('SIGKILL');
  await system.subgraphs['rooms']![1]!.exited;
  expect(await both()).toBe(true);

  await system.killGateway(doomed);
  const began = performance.now();
  await eventually(async () => (await ada.does(ROOM, { id: roomId })).room.occupantCount === 1, 'one occupant');
  process.stdout.write(`the seat of a killed gateway ended after ${Math.round(performance.now() - began)} ms\n`);
  expect((await ada.does(ROOM, { id: roomId })).room).toEqual({
    occupantCount: 1,
    objects: [{ kind: 'door', state: { open: false } }],
    occupants: [{ user: { id: ada.id }, pose: { position: { x: 2 } } }],
  });
  await absenceOf(bob.id, frames);
  await frames.end();
});

test('a gateway that was stopped for a while has its occupants again', async () => {
  const roomId = (await ada.does('mutation { createRoom(input: { name: "Plaza" }) { id } }')).createRoom.id;
  const stopped = await system.addGateway();
  await using elsewhere = new RemotePerson(stopped, bob.token, bob.id, {});
  const theirs = await elsewhere.follows(FRAMES, { roomId });
  await theirs.take(1);
  await elsewhere.does(JOIN, { roomId });
  const count = async () => (await ada.does(ROOM, { id: roomId })).room.occupantCount as number;
  expect(await count()).toBe(1);

  system.signalGateway(stopped, 'SIGSTOP');
  await eventually(async () => (await count()) === 0, 'the end of the seat');
  system.signalGateway(stopped, 'SIGCONT');
  const began = performance.now();
  await eventually(async () => (await count()) === 1, 'the seat again');
  process.stdout.write(`the seat was given back after ${Math.round(performance.now() - began)} ms\n`);
  // The same subscription tells the client both.
  for (;;) if ((await theirs.take(1))[0].roomFrames.left.includes(bob.id)) break;
  for (;;) if ((await theirs.take(1))[0].roomFrames.joined.some(({ userId }: Data) => userId === bob.id)) break;
  await elsewhere.does('mutation ($input: MoveInput!) { move(input: $input) }', {
    input: { roomId, position: { x: 1, y: 0, z: 0 } },
  });
  await theirs.end();
  await system.killGateway(stopped);
});

test('a gateway shuts down gracefully on SIGTERM, and its clients continue at the other', async () => {
  const channel = await ada.opens(bob);
  system.gateways[0]!.signal('SIGTERM');
  expect(await system.gateways[0]!.exited).toEqual({ code: 0, signal: null });
  const heard = bob.hears(channel, 1);
  await bob.sends(channel.channelId, 'still here');
  expect((await heard)[0]?.body).toBe('still here');
});
