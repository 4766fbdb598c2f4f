/** graphql-transport-ws with raw messages. */
import { eventually } from '@chat/kit/testing/eventually';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { WebSocket } from 'ws';
import { bearer, startLiveGateway, tokenFor, until, type LiveGateway } from '../../testing/live-gateway';

/** A socket with a queue of received messages. */
class Speaker {
  readonly heard: Record<string, unknown>[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.heard.push(JSON.parse(String(data))));
    this.closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async hear(count = 1): Promise<Record<string, unknown>[]> {
    await until(() => this.heard.length >= count);
    return this.heard.splice(0, count);
  }
}

async function open(
  live: LiveGateway,
  protocol: string | string[] = 'graphql-transport-ws',
  headers = {},
): Promise<Speaker> {
  const speaker = new Speaker(new WebSocket(live.wsUrl, protocol, { headers }));
  await once(speaker.socket, 'open');
  return speaker;
}

async function ready(live: LiveGateway, payload: unknown = bearer('ada')): Promise<Speaker> {
  const speaker = await open(live);
  speaker.say({ type: 'connection_init', payload });
  expect(await speaker.hear()).toEqual([{ type: 'connection_ack' }]);
  return speaker;
}

const tcpOf = ({ socket }: Speaker) => (socket as unknown as { _socket: Socket })._socket;

const STORIES = 'subscription { storyPublished(desk: "city") { id } }';
const subscribe = (id: string, query = STORIES) => ({ id, type: 'subscribe', payload: { query } });

describe('the socket is closed', () => {
  const cases: [string, (speaker: Speaker) => void, number, string][] = [
    ['for what is not JSON', (it) => it.say('{'), 4400, 'A message must be JSON'],
    ['for a list', (it) => it.say([]), 4400, 'A message must be an object'],
    ['for a message of an unknown type', (it) => it.say({ type: 'start' }), 4400, 'Unknown message type'],
    [
      'for a subscribe without id',
      (it) => it.say({ type: 'subscribe', payload: { query: STORIES } }),
      4400,
      'subscribe: id must be a non-empty string',
    ],
    [
      'for a subscribe without query',
      (it) => it.say({ id: '1', type: 'subscribe', payload: {} }),
      4400,
      'subscribe: query must be a string',
    ],
    [
      'for variables that are not an object',
      (it) => it.say({ id: '1', type: 'subscribe', payload: { query: STORIES, variables: [] } }),
      4400,
      'subscribe: variables must be an object',
    ],
    ['for a subscribe before the acknowledgement', (it) => it.say(subscribe('1')), 4401, 'Unauthorized'],
    [
      'for a second connection_init',
      (it) => (it.say({ type: 'connection_init' }), it.say({ type: 'connection_init' })),
      4429,
      'Too many initialisation requests',
    ],
    [
      'for an invalid token',
      (it) => it.say({ type: 'connection_init', payload: { authorization: 'Bearer x' } }),
      4403,
      'Forbidden',
    ],
    [
      'for an expired token',
      (it) =>
        it.say({ type: 'connection_init', payload: { authorization: `Bearer ${tokenFor('ada', { expiresIn: -1 })}` } }),
      4403,
      'Forbidden',
    ],
    [
      'for another authorization scheme',
      (it) => it.say({ type: 'connection_init', payload: { authorization: 'Basic YWRhOmFkYQ==' } }),
      4403,
      'Forbidden',
    ],
    [
      'for connection parameters that are not an object',
      (it) => it.say({ type: 'connection_init', payload: 'token' }),
      4400,
      'connection_init: payload must be an object',
    ],
    [
      'for a complete without id',
      (it) => it.say({ type: 'complete' }),
      4400,
      'complete: id must be a non-empty string',
    ],
    [
      'for text that is not UTF-8',
      (it) => it.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false }),
      1007,
      '',
    ],
    ['for a message that is too large', (it) => it.say('"'.padEnd(1_100_000, 'x')), 1009, ''],
  ];
  test.each(cases)('%s', async (_what, speak, code, reason) => {
    await using live = await startLiveGateway();
    const speaker = await open(live);
    speak(speaker);
    expect(await speaker.closed).toEqual({ code, reason });
  });

  test('for an operation id in use', async () => {
    await using live = await startLiveGateway();
    const speaker = await ready(live);
    speaker.say(subscribe('1'));
    speaker.say(subscribe('1'));
    expect(await speaker.closed).toEqual({ code: 4409, reason: 'Subscriber for 1 already exists' });
  });

  test('for an unsupported subprotocol', async () => {
    await using live = await startLiveGateway();
    const speaker = new Speaker(new WebSocket(live.wsUrl, { headers: {} }));
    expect(await speaker.closed).toEqual({ code: 4406, reason: 'Subprotocol not acceptable' });
    const among = await open(live, ['graphql-ws', 'graphql-transport-ws']);
    expect(among.socket.protocol).toBe('graphql-transport-ws');
  });

  test('if connection_init does not arrive in time', async () => {
    await using live = await startLiveGateway({ LIVE_INIT_TIMEOUT_MS: '100' });
    const speaker = await open(live);
    expect(await speaker.closed).toEqual({ code: 4408, reason: 'Connection initialisation timeout' });
  });
});

test('an error of one operation does not affect others', async () => {
  await using live = await startLiveGateway();
  const speaker = await ready(live);
  speaker.say(subscribe('good'));
  await until(() => live.room.counts.live === 1);
  speaker.say(subscribe('unparsable', 'subscription {'));
  speaker.say(subscribe('invalid', 'subscription { nothing }'));
  speaker.say({ id: 'nameless', type: 'subscribe', payload: { query: STORIES, operationName: 'Other' } });
  expect(await speaker.hear(3)).toMatchObject([
    { id: 'unparsable', type: 'error', payload: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] },
    { id: 'invalid', type: 'error', payload: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] },
    { id: 'nameless', type: 'error', payload: [{ extensions: { code: 'BAD_REQUEST' } }] },
  ]);
  live.room.publish('city');
  expect(await speaker.hear()).toEqual([
    { id: 'good', type: 'next', payload: { data: { storyPublished: { id: '1' } } } },
  ]);
});

test.each([
  ['$x: Boolean!', 'storyPublished(desk: "city") @include(if: $x) { id }', ''],
  [
    '$x: Boolean!',
    '... { ...Circle }',
    'fragment Circle on Subscription { ...Circle ... @skip(if: $x) { storyPublished(desk: "city") { id } } }',
  ],
])('a root field that may not be there is refused (%#)', async (head, selection, fragments) => {
  await using live = await startLiveGateway();
  const speaker = await ready(live);
  const query = `subscription (${head}) { ${selection} } ${fragments}`;
  speaker.say({ id: '1', type: 'subscribe', payload: { query, variables: { x: true } } });
  expect(await speaker.hear()).toMatchObject([
    { id: '1', type: 'error', payload: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] },
  ]);
});

test('an id can be reused after its operation', async () => {
  await using live = await startLiveGateway();
  const speaker = await ready(live);
  for (let round = 0; round < 2; round++) {
    speaker.say(subscribe('1', '{ stories(desk: "open") { id } }'));
    expect(await speaker.hear(2)).toEqual([
      { id: '1', type: 'next', payload: { data: { stories: [] } } },
      { id: '1', type: 'complete' },
    ]);
  }
  speaker.say(subscribe('1'));
  speaker.say({ id: '1', type: 'complete' });
  speaker.say(subscribe('1'));
  await until(() => live.room.counts.live === 1);
  live.room.publish('city');
  expect(await speaker.hear()).toMatchObject([{ id: '1', type: 'next' }]);
});

test('pings are answered, even before the acknowledgement', async () => {
  await using live = await startLiveGateway();
  const speaker = await open(live);
  speaker.say({ type: 'ping' });
  speaker.say({ type: 'pong' });
  speaker.say({ type: 'ping', payload: null });
  expect(await speaker.hear(2)).toEqual([{ type: 'pong' }, { type: 'pong' }]);
});

test.each([{}, { at: 1 }, { text: 'ä€😀"\\\n', list: [1, null, { deep: [true] }], nothing: null }])(
  'a pong echoes the payload of its ping: %j',
  async (payload) => {
    await using live = await startLiveGateway();
    const speaker = await open(live);
    speaker.say({ type: 'ping', payload });
    expect(await speaker.hear()).toEqual([{ type: 'pong', payload }]);
    speaker.say({ type: 'connection_init', payload: bearer('ada') });
    speaker.say({ type: 'ping', payload });
    expect((await speaker.hear(2)).filter(({ type }) => type === 'pong')).toEqual([{ type: 'pong', payload }]);
  },
);

test('a pong does not echo a token', async () => {
  await using live = await startLiveGateway();
  const speaker = await ready(live);
  for (const name of ['authorization', 'Authorization']) {
    speaker.say({ type: 'ping', payload: { [name]: bearer('ada').authorization } });
    expect(await speaker.hear()).toEqual([{ type: 'pong' }]);
  }
});

test.each([
  ['HTTP/1.0', 'GET /graphql HTTP/1.0\r\nHost: x'],
  ['no Host', 'GET /graphql HTTP/1.1'],
])('a request to upgrade with %s is refused', async (_, head) => {
  await using live = await startLiveGateway();
  const socket = connect(Number(new URL(live.url).port), '127.0.0.1');
  const headers = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: graphql-transport-ws',
  ];
  socket.write(`${[head, ...headers].join('\r\n')}\r\n\r\n`);
  expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /);
});

test.each([
  ['text', false, 1007],
  ['binary', true, 4400],
])('a %s message that is not UTF-8 closes the socket, and nothing of it is read', async (_, binary, code) => {
  await using live = await startLiveGateway();
  const speaker = await ready(live);
  const message = Buffer.from('{"type":"ping","payload":{"text":"#"}}');
  message[message.indexOf('#')] = 0xff;
  speaker.socket.send(message, { binary });
  expect((await speaker.closed).code).toBe(code);
  expect(speaker.heard).toEqual([]);
});

test('a message can arrive in fragments, as binary, or with others in one packet', async () => {
  await using live = await startLiveGateway();
  const speaker = await ready(live);
  const { socket, heard } = speaker;
  socket.send('{"type":', { fin: false });
  socket.send('"ping"', { fin: false });
  socket.send('}', { fin: true });
  socket.send(Buffer.from('{"type":"ping"}'), { binary: true });
  const tcp = tcpOf(speaker);
  tcp.cork();
  for (let count = 0; count < 1_500; count++) socket.send('{"type":"ping"}');
  tcp.uncork();
  await until(() => heard.length === 1_502);
  expect(heard.every(({ type }) => type === 'pong')).toBe(true);
});

test('500 operations share one socket, and each gets every result in order', async () => {
  await using live = await startLiveGateway({ SUBSCRIPTIONS_PER_CONNECTION: '500' });
  const speaker = await ready(live);
  const ids = Array.from({ length: 500 }, (_, index) => `operation-${index}`);
  for (const id of ids) speaker.say(subscribe(id));
  await until(() => live.room.counts.authorised === 500);
  live.room.publish('city');
  live.room.publish('city');
  const heard = await speaker.hear(1_000);
  const stories = (id: string) =>
    heard.filter((message) => message.id === id).map(({ payload }) => JSON.stringify(payload));
  for (const id of ids)
    expect(stories(id)).toEqual(['1', '2'].map((id) => `{"data":{"storyPublished":{"id":"${id}"}}}`));
  for (const id of ids) speaker.say({ id, type: 'complete' });
  speaker.say({ id: 'never begun', type: 'complete' });
  await until(() => live.room.counts.live === 0);
  expect(live.room.counts.upstreams).toBe(1);
});

test('coalesced results keep their order, regardless of size', async () => {
  await using live = await startLiveGateway();
  const speaker = await ready(live);
  speaker.say(subscribe('1', 'subscription { storyPublished(desk: "city") { headline } }'));
  await until(() => live.room.counts.live === 1);
  const headlines = [1, 125, 126, 65_535, 65_536, 200_000, 3].map((length, index) => String(index).repeat(length));
  headlines.push('Überschrift 🗞');
  for (const headline of headlines) live.room.publish('city', headline);
  const heard = await speaker.hear(headlines.length);
  expect(
    heard.map(
      ({ payload }) => (payload as { data: { storyPublished: { headline: string } } }).data.storyPublished.headline,
    ),
  ).toEqual(headlines);
});

test('a page of an allowed origin can open a socket, and one of another origin cannot', async () => {
  await using live = await startLiveGateway({ CORS_ORIGINS: 'https://good.example' });
  const socket = new WebSocket(live.wsUrl, 'graphql-transport-ws', { headers: { origin: 'https://evil.example' } });
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  expect(response.statusCode).toBe(403);
  await open(live, 'graphql-transport-ws', { origin: 'https://good.example' });
});

test('connections are limited per address and account, and subscriptions per connection', async () => {
  await using live = await startLiveGateway({
    LIVE_CONNECTIONS_PER_ADDRESS: '3',
    LIVE_CONNECTIONS_PER_USER: '1',
    SUBSCRIPTIONS_PER_CONNECTION: '1',
  });
  const first = await ready(live);
  const second = await open(live);
  second.say({ type: 'connection_init', payload: bearer('ada') });
  expect(await second.closed).toEqual({ code: 1013, reason: 'Too many connections for this account' });
  await ready(live, bearer('bob'));
  await open(live);
  const fourth = new WebSocket(live.wsUrl, 'graphql-transport-ws');
  const [, response] = (await once(fourth, 'unexpected-response')) as [unknown, { statusCode: number }];
  expect(response.statusCode).toBe(429);
  first.say(subscribe('1'));
  first.say(subscribe('2'));
  expect(await first.hear()).toMatchObject([
    { id: '2', type: 'error', payload: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] },
  ]);
});

test('gateways of one Redis share the connection limit, and disconnecting frees slots', async () => {
  const env = {
    REDIS_URL: testRedisUrl(),
    REDIS_PREFIX: testRedisPrefix(),
    LIVE_CONNECTIONS_PER_ADDRESS: '3',
    LIVE_CONNECTIONS_PER_USER: '1',
  };
  await using one = await startLiveGateway(env);
  await using two = await startLiveGateway(env);
  for (const { url } of [one, two])
    await eventually(async () => (await fetch(new URL('/health/detailed', url))).ok, `a healthy gateway at ${url}`);
  await ready(one);
  const second = await open(two);
  second.say({ type: 'connection_init', payload: bearer('ada') });
  expect(await second.closed).toEqual({ code: 1013, reason: 'Too many connections for this account' });
  const stream = { accept: 'text/event-stream', 'content-type': 'application/json', ...bearer('ada') };
  const body = JSON.stringify({ query: STORIES });
  const distinct = () => fetch(`${two.url}/stream`, { method: 'POST', headers: stream, body });
  expect((await distinct()).status).toBe(429);

  await ready(two, bearer('bob'));
  const third = await open(two);
  const fourth = new WebSocket(one.wsUrl, 'graphql-transport-ws');
  const [, response] = (await once(fourth, 'unexpected-response')) as [unknown, { statusCode: number }];
  expect(response.statusCode).toBe(429);

  third.socket.close();
  await one[Symbol.asyncDispose]();
  const answer = await eventually(async () => {
    const response = await distinct();
    expect(response.status).not.toBe(429);
    return response;
  }, 'the end of the connections of the first gateway');
  expect(answer.status).toBe(200);
  await answer.body?.cancel();
});

test('a shutdown closes sockets with a reconnect code and a hint', async () => {
  const live = await startLiveGateway({ LIVE_DRAIN_MS: '200' });
  const speakers = await Promise.all([ready(live), ready(live), ready(live)]);
  await live[Symbol.asyncDispose]();
  for (const speaker of speakers) {
    const { code, reason } = await speaker.closed;
    expect(code).toBe(1012);
    expect(reason).toMatch(/^retry-after-ms=\d+$/);
  }
});

test('silent sockets are terminated, and idle sockets and event streams are closed', async () => {
  await using live = await startLiveGateway({
    LIVE_PING_INTERVAL_MS: '1000',
    LIVE_HEARTBEAT_MS: '1000',
    LIVE_IDLE_TIMEOUT_MS: '1000',
  });
  const token = await (await fetch(`${live.url}/stream`, { method: 'PUT', headers: bearer('ada') })).text();
  const accept = 'text/event-stream';
  const stream = await fetch(`${live.url}/stream?token=${token}`, { headers: { accept } });
  const body = JSON.stringify({ query: STORIES });
  const headers = { ...bearer('bob'), accept, 'content-type': 'application/json' };
  const follower = await fetch(`${live.url}/stream`, { method: 'POST', headers, body });
  const dead = await ready(live);
  dead.socket.pause();
  const idle = await ready(live);
  expect(await idle.closed).toEqual({ code: 1001, reason: 'Idle' });
  const busy = await ready(live);
  busy.say(subscribe('1'));
  dead.socket.resume();
  await dead.closed;
  expect(busy.socket.readyState).toBe(WebSocket.OPEN);
  expect(await stream.text()).toMatch(/^(:\n\n)+$/);
  expect(live.room.counts.live).toBe(1);
  await follower.body!.cancel();
});

test('the rate limit applies to sockets, which stay open after a refusal', async () => {
  await using live = await startLiveGateway({ RATE_LIMIT_PER_MINUTE: '2' });
  const speaker = await ready(live);
  for (const id of ['1', '2', '3']) speaker.say(subscribe(id));
  expect(await speaker.hear()).toMatchObject([
    { id: '3', type: 'error', payload: [{ extensions: { code: 'RATE_LIMITED', limit: 2 } }] },
  ]);
  await until(() => live.room.counts.live === 1);
  live.room.publish('city');
  expect(await speaker.hear(2)).toMatchObject(['1', '2'].map((id) => ({ id, type: 'next' })));
});
