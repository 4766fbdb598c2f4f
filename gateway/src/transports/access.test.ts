/** Lost access ends the affected streams at once, and a new token keeps them open. */
import { createHash, randomUUID } from 'node:crypto';
import { CloseCode, type Client } from 'graphql-ws';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import type { WebSocket } from 'ws';
import { publishAccessChanges } from '@chat/identity-client/access/access-changes';
import { RevocationWriter } from '@chat/identity-client/sessions/revocations';
import { createLogger } from '@chat/kit/logging';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { LiveClient } from '../subscriptions/live-client';
import { LiveClients } from '../subscriptions/live-clients';
import { subscriptionMetrics } from '../subscriptions/metrics';
import {
  follow,
  socketClient,
  startLiveGateway,
  take,
  tokenFor,
  until,
  type LiveGateway,
} from '../testing/live-gateway';
import { Connections } from './connections';

const STORIES = 'subscription { storyPublished(desk: "city") { id } }';

interface Setup extends AsyncDisposable {
  live: LiveGateway;
  redis: Redis;
  prefix: string;
}

async function start(): Promise<Setup> {
  const prefix = testRedisPrefix();
  const live = await startLiveGateway({ REDIS_URL: testRedisUrl(), REDIS_PREFIX: prefix });
  const redis = new Redis(testRedisUrl());
  return {
    live,
    redis,
    prefix,
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await live[Symbol.asyncDispose]();
    },
  };
}

test('a change of access ends only the subscriptions that are no longer allowed', async () => {
  await using setup = await start();
  const { live, redis, prefix } = setup;
  using ada = socketClient(live.wsUrl, 'ada');
  using eve = socketClient(live.wsUrl, 'eve');
  const kept = follow(ada, STORIES);
  const lost = follow(eve, STORIES);
  const open = follow(eve, 'subscription { storyPublished(desk: "open") { id } }');
  await until(() => live.room.counts.authorised >= 3 && live.room.counts.live === 2);
  live.room.bar('eve', 'city');
  await publishAccessChanges(redis, ['eve'], prefix);
  await expect(lost.next()).rejects.toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  live.room.publish('city');
  live.room.publish('open');
  expect(await take(kept, 1)).toEqual([{ data: { storyPublished: { id: '1' } } }]);
  expect(await take(open, 1)).toEqual([{ data: { storyPublished: { id: '2' } } }]);
});

/** With a cursor, a subscriber misses nothing that is published before it is live. */
const CITY = 'subscription ($after: String) { deskEvents(desk: "city", after: $after) { cursor } }';

test('the stream continues for others when its principal loses access, and after a restart', async () => {
  await using setup = await start();
  const { live, redis, prefix } = setup;
  using eve = socketClient(live.wsUrl, 'eve');
  using ada = socketClient(live.wsUrl, 'ada');
  const first = follow(eve, CITY, { after: '0' });
  await until(() => live.room.counts.live === 1);
  const second = follow(ada, CITY, { after: '0' });
  await until(() => live.room.counts.authorised >= 2);
  live.room.publish('city');
  await take(first, 1);
  live.room.bar('eve', 'city');
  await publishAccessChanges(redis, ['eve'], prefix);
  await expect(first.next()).rejects.toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  live.desks.crash();
  live.room.publish('city');
  live.desks.restart();
  expect(await take(second, 2)).toEqual(['1', '2'].map((cursor) => ({ data: { deskEvents: { cursor } } })));
});

test('if the subgraph refuses the principal after a restart, the upstream is opened for the next member', async () => {
  await using live = await startLiveGateway();
  using eve = socketClient(live.wsUrl, 'eve');
  using ada = socketClient(live.wsUrl, 'ada');
  const first = follow(eve, CITY, { after: '0' });
  await until(() => live.room.counts.live === 1);
  const second = follow(ada, CITY, { after: '0' });
  await until(() => live.room.counts.authorised >= 2);
  live.room.publish('city');
  await Promise.all([take(first, 1), take(second, 1)]);
  live.desks.crash();
  live.room.bar('eve', 'city');
  live.desks.restart();
  await expect(first.next()).rejects.toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  live.room.publish('city');
  expect(await take(second, 1)).toEqual([{ data: { deskEvents: { cursor: '2' } } }]);
});

test('a revoked session ends its subscriptions and its socket', async () => {
  await using setup = await start();
  const { live, redis, prefix } = setup;
  const sessionId = randomUUID();
  const closed = closing();
  using client = socketClient(live.wsUrl, undefined, {
    connectionParams: { authorization: `Bearer ${tokenFor('ada', { sessionId })}` },
    on: { closed: closed.hear },
  });
  const stories = follow(client, STORIES);
  await until(() => live.room.counts.live === 1);
  await new RevocationWriter(redis, prefix).revoke([sessionId], Date.now() + 60_000);
  await expect(stories.next()).rejects.toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  expect((await closed.event).code).toBe(CloseCode.Forbidden);
  await until(() => live.room.counts.live === 0);
});

test('when the token expires the socket is closed, and a client with a new token resumes its subscriptions', async () => {
  await using live = await startLiveGateway();
  let connections = 0;
  using client = socketClient(live.wsUrl, undefined, {
    connectionParams: () => ({
      authorization: `Bearer ${tokenFor('ada', { expiresIn: connections++ === 0 ? 1 : 600 })}`,
    }),
    retryAttempts: 1,
    retryWait: () => Promise.resolve(),
  });
  const stories = follow(client, STORIES);
  await until(() => live.room.counts.live === 1);
  await until(() => connections === 2 && live.room.counts.upstreams === 2 && live.room.counts.live === 1);
  live.room.publish('city');
  expect(await take(stories, 1)).toEqual([{ data: { storyPublished: { id: '1' } } }]);
});

describe('a new token on the open socket', () => {
  test('keeps it open after the old one has expired', async () => {
    await using live = await startLiveGateway();
    const expiresIn = 4;
    const hasExpired = Date.now() + (expiresIn + 1) * 1000;
    const { client, socket } = await connect(live, tokenFor('ada', { expiresIn }));
    const stories = follow(client, STORIES);
    await until(() => live.room.counts.live === 1);
    socket.send(JSON.stringify({ type: 'ping', payload: { authorization: `Bearer ${tokenFor('ada')}` } }));
    await until(() => live.room.counts.authorised >= 2);
    await until(() => Date.now() > hasExpired);
    live.room.publish('city');
    expect(await take(stories, 1)).toEqual([{ data: { storyPublished: { id: '1' } } }]);
    void client.dispose();
  });

  test('that equals the old one causes no recheck', async () => {
    await using live = await startLiveGateway();
    const token = tokenFor('ada');
    const { client, socket } = await connect(live, token);
    const stories = follow(client, STORIES);
    await until(() => live.room.counts.live === 1);
    const heard: string[] = [];
    socket.on('message', (data) => heard.push(String(data)));
    for (let count = 0; count < 3; count++)
      socket.send(JSON.stringify({ type: 'ping', payload: { authorization: `Bearer ${token}` } }));
    await until(() => heard.length === 3);
    live.room.publish('city');
    await take(stories, 1);
    expect(live.room.counts.authorised).toBe(1);
    void client.dispose();
  });

  test.each([
    ['of somebody else', () => tokenFor('eve')],
    ['that is not valid', () => createHash('sha1').digest('hex')],
  ])('%s closes it', async (_what, token) => {
    await using live = await startLiveGateway();
    const { socket, closed } = await connect(live, tokenFor('ada'));
    socket.send(JSON.stringify({ type: 'ping', payload: { authorization: `Bearer ${token()}` } }));
    expect((await closed).code).toBe(CloseCode.Forbidden);
  });
});

describe.each([
  ['text/event-stream', 'event: complete\ndata:\n\n'],
  ['multipart/mixed;subscriptionSpec=1.0', '--graphql--\r\n'],
])('over %s', (accept, ending) => {
  const subscribe = (live: LiveGateway, token: string) =>
    fetch(live.url, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: STORIES }),
    });

  test('a change of access ends the stream with its code', async () => {
    await using setup = await start();
    const { live, redis, prefix } = setup;
    const response = await subscribe(live, tokenFor('eve'));
    await until(() => live.room.counts.live === 1);
    live.room.bar('eve', 'city');
    await publishAccessChanges(redis, ['eve'], prefix);
    const text = await response.text();
    expect(text).toContain('"code":"FORBIDDEN"');
    expect(text.endsWith(ending)).toBe(true);
  });

  test('a revoked session ends the stream with its code', async () => {
    await using setup = await start();
    const { live, redis, prefix } = setup;
    const sessionId = randomUUID();
    const response = await subscribe(live, tokenFor('ada', { sessionId }));
    await until(() => live.room.counts.live === 1);
    await new RevocationWriter(redis, prefix).revoke([sessionId], Date.now() + 60_000);
    const text = await response.text();
    expect(text).toContain('"code":"UNAUTHENTICATED"');
    expect(text.endsWith(ending)).toBe(true);
    await until(() => live.room.counts.live === 0);
  });
});

test('on a single connection, a revoked session ends every operation', async () => {
  await using setup = await start();
  const { live, redis, prefix } = setup;
  const sessionId = randomUUID();
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${tokenFor('ada', { sessionId })}`,
  };
  const token = await (await fetch(`${live.url}/stream`, { method: 'PUT', headers })).text();
  const stream = await fetch(`${live.url}/stream?token=${token}`, { headers: { accept: 'text/event-stream' } });
  for (const operationId of ['one', 'two']) {
    const body = JSON.stringify({ query: STORIES, extensions: { operationId } });
    await fetch(`${live.url}/stream?token=${token}`, { method: 'POST', headers, body });
  }
  await until(() => live.room.counts.authorised >= 2);
  await new RevocationWriter(redis, prefix).revoke([sessionId], Date.now() + 60_000);
  const text = await stream.text();
  for (const id of ['one', 'two']) {
    expect(text).toMatch(new RegExp(`event: next\ndata: {"id":"${id}","payload":{"errors":.*"UNAUTHENTICATED"`));
    expect(text).toContain(`event: complete\ndata: {"id":"${id}"}\n\n`);
  }
});

test('over SSE, a subscription ends with its code when the token expires', async () => {
  await using live = await startLiveGateway();
  const response = await fetch(live.url, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${tokenFor('ada', { expiresIn: 2 })}`,
    },
    body: JSON.stringify({ query: STORIES }),
  });
  const text = await response.text();
  expect(text).toContain('UNAUTHENTICATED');
  expect(text.trimEnd().endsWith('event: complete\ndata:')).toBe(true);
});

test('a session that ends while its connection is being counted is cut off and releases its slot', async () => {
  using clients = new LiveClients();
  const answers = [Promise.withResolvers<boolean>(), Promise.withResolvers<boolean>()];
  let asked = 0;
  const presence = {
    gatewayId: 'gateway',
    connected: () => undefined,
    disconnected: () => undefined,
    holds: () => undefined,
    admits: () => answers[asked++]!.promise,
  };
  const limits = { maxPerUser: 1, maxPerAddress: 0 };
  const metrics = subscriptionMetrics(new Registry());
  const connections = new Connections(clients, limits, metrics, createLogger('test', 'silent'), presence);
  const cutOffs: string[] = [];
  const connect = (sessionId: string) => {
    const viewer = { id: 'ada', sessionId, roles: [], permissions: [], expiresAt: Date.now() / 1000 + 60 };
    return new LiveClient(viewer, { address: null, userAgent: null }, sessionId, (reason) => cutOffs.push(reason));
  };
  const [first, second] = [connect('first'), connect('second')];
  const added = connections.add(first);
  clients.endSession('first');
  answers[0]!.resolve(true);
  expect([await added, cutOffs]).toEqual([undefined, ['revoked']]);
  expect(await connections.add(second)).toBe('Too many connections for this account');
  connections.remove(first);
  answers[1]!.resolve(true);
  expect(await connections.add(second)).toBeUndefined();
  connections.remove(second);
});

function closing() {
  let hear!: (event: unknown) => void;
  const event = new Promise<{ code: number }>((resolve) => (hear = resolve as typeof hear));
  return { hear, event };
}

async function connect(
  live: LiveGateway,
  token: string,
): Promise<{ client: Client; socket: WebSocket; closed: Promise<{ code: number }> }> {
  const { hear, event: closed } = closing();
  return new Promise((resolve) => {
    const client: Client = socketClient(live.wsUrl, undefined, {
      connectionParams: { authorization: `Bearer ${token}` },
      lazy: false,
      onNonLazyError: () => undefined,
      on: { connected: (socket) => resolve({ client, socket: socket as WebSocket, closed }), closed: hear },
    });
  });
}
