/** Upstreams over a real WebSocket: shared socket, refusal, loss, and a restart of the subgraph. */
import { once } from 'node:events';
import type { ExecutionResult } from 'graphql';
import { WebSocket, WebSocketServer } from 'ws';
import { serveSubgraph, type SubgraphServer } from '@chat/kit/graphql/subgraph-server';
import { VIEWER_HEADER, ViewerHeader } from '@chat/kit/auth/viewer-header';
import { createLogger } from '@chat/kit/logging';
import { StreamFailed, type GraphQLService, type Subscribed } from '@chat/kit/graphql/service';
import { markShared } from '@chat/kit/graphql/shared-results';
import { follow, socketClient, startLiveGateway, take, until } from '../testing/live-gateway';
import { desksService, Newsroom, SECRET_KEY } from '../testing/newsroom';
import { PushStream } from './push-stream';
import { UpstreamSocket } from './upstream-ws';

const log = createLogger('test', 'silent');
const STORIES = { query: 'subscription ($desk: ID!) { storyPublished(desk: $desk) { id } }' };

function serve(service: GraphQLService, port = 0): Promise<SubgraphServer> {
  const subgraph = {
    name: 'desks',
    service,
    ready: () => Promise.resolve(),
    health: () => Promise.resolve({}),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return serveSubgraph(subgraph, { host: '127.0.0.1', port, log });
}

const headersOf = (id: string) => {
  const viewer = { id, sessionId: 's', roles: [], permissions: [], expiresAt: Date.now() / 1000 + 60 };
  return { headers: { [VIEWER_HEADER]: new ViewerHeader(SECRET_KEY).sign(viewer) } };
};

const streamOf = (subscribed: Subscribed) => {
  if ('errors' in subscribed) throw new Error('It was refused.');
  return subscribed;
};

const wsUrl = ({ url }: SubgraphServer) => url.replace('http', 'ws');

test('streams with different headers share one socket, and one that returns does not affect others', async () => {
  const room = new Newsroom();
  await using server = await serve(desksService(room));
  await using link = new UpstreamSocket({ url: wsUrl(server) });
  const city = streamOf(await link.subscribe({ ...STORIES, variables: { desk: 'city' } }, headersOf('ada')));
  const sport = streamOf(await link.subscribe({ ...STORIES, variables: { desk: 'sport' } }, headersOf('bob')));
  await until(() => room.counts.live === 2);
  room.publish('city');
  room.publish('sport');
  expect(await take(city, 1)).toEqual([{ data: { storyPublished: { id: '1' } } }]);
  const waiting = city.next();
  await city.return!();
  expect(await waiting).toEqual({ done: true, value: undefined });
  await until(() => room.counts.live === 1);
  expect(await take(sport, 1)).toEqual([{ data: { storyPublished: { id: '2' } } }]);
});

test('an event of several streams is one object for readers that change nothing, and no others', async () => {
  const sources = [true, true, false, false].map(() => new PushStream<ExecutionResult>(() => undefined));
  const waiting = [...sources];
  await using server = await serve({
    subscribe: () => Promise.resolve(waiting.shift()!),
  } as unknown as GraphQLService);
  await using link = new UpstreamSocket({ url: wsUrl(server) });
  const streams: AsyncIterableIterator<ExecutionResult>[] = [];
  for (const isReadOnly of [true, true, false, false])
    streams.push(streamOf(await link.subscribe(STORIES, { ...headersOf('ada'), isReadOnly })));
  await until(() => waiting.length === 0);
  const [event, later] = [1, 2].map((n) => markShared({ data: { storyPublished: { id: String(n) } } }));
  for (const source of sources) source.push(event!);
  const [one, same, other, another] = await Promise.all(streams.map(async (stream) => (await take(stream, 1))[0]));
  expect(one).toEqual(event);
  expect(same).toBe(one);
  expect([other, another]).toEqual([event, event]);
  expect(new Set([one, other, another]).size).toBe(3);
  // Events of one stream alone, shared and not, in their order.
  for (const result of [later!, event!, { data: { storyPublished: null } }, later!]) sources[0]!.push(result);
  expect(await take(streams[0]!, 4)).toEqual([later, event, { data: { storyPublished: null } }, later]);
});

test('a stream that starts while the idle socket is closing gets a new socket', async () => {
  const room = new Newsroom();
  await using server = await serve(desksService(room));
  await using link = new UpstreamSocket({ url: wsUrl(server) });
  const city = streamOf(await link.subscribe({ ...STORIES, variables: { desk: 'city' } }, headersOf('ada')));
  await until(() => room.counts.live === 1);
  const late = new Promise<Subscribed>((resolve) => {
    const closing = jest.spyOn(WebSocket.prototype, 'close');
    closing.mockImplementationOnce(function (this: WebSocket, code, reason) {
      closing.mockRestore();
      this.close(code, reason);
      resolve(link.subscribe({ ...STORIES, variables: { desk: 'sport' } }, headersOf('ada')));
    });
  });
  await city.return!();
  const sport = streamOf(await late);
  await until(() => room.counts.live === 1 && room.counts.upstreams === 2);
  room.publish('sport');
  expect(await take(sport, 1)).toEqual([{ data: { storyPublished: { id: '1' } } }]);
});

test('a refusal fails the stream with errors, and an unreachable subgraph rejects', async () => {
  const room = new Newsroom();
  room.bar('eve', 'city');
  const server = await serve(desksService(room));
  await using link = new UpstreamSocket({ url: wsUrl(server) });
  const start = async () =>
    streamOf(await link.subscribe({ ...STORIES, variables: { desk: 'city' } }, headersOf('eve'))).next();
  const refusal = await start().catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(StreamFailed);
  expect(refusal).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  await server[Symbol.asyncDispose]();
  const loss = await start().catch((error: unknown) => error);
  expect(loss).toBeInstanceOf(Error);
  expect(loss).not.toBeInstanceOf(StreamFailed);
});

test('a closed socket fails all streams, even after a normal close', async () => {
  const server = new WebSocketServer({ port: 0, handleProtocols: () => 'graphql-transport-ws' });
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { type } = JSON.parse(String(data)) as { type: string };
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
      if (type === 'subscribe') socket.close(1000, 'Goodbye');
    });
  });
  await once(server, 'listening');
  await using link = new UpstreamSocket({ url: `ws://127.0.0.1:${(server.address() as { port: number }).port}` });
  const stream = streamOf(await link.subscribe(STORIES, { headers: {} }));
  await expect(stream.next()).rejects.toThrow('1000: Goodbye');
  server.close();
});

test('through a whole gateway, subscribers survive a restart of the subgraph without a gap', async () => {
  const room = new Newsroom();
  let server = await serve(desksService(room));
  await using live = await startLiveGateway({}, room, { desks: server.url });
  using client = socketClient(live.wsUrl, 'ada');
  const events = follow(
    client,
    'subscription { deskEvents(desk: "city") { cursor ... on StoryFiled { story { author { name } } } } }',
  );
  await until(() => room.counts.live === 1);
  // Before the first event there is no event cursor to resume from.
  for (const cursors of [
    ['1', '2'],
    ['3', '4'],
  ]) {
    await server[Symbol.asyncDispose]();
    room.publish('city');
    server = await serve(desksService(room), Number(new URL(server.url).port));
    room.publish('city');
    expect(await take(events, 2)).toEqual(
      cursors.map((cursor) => ({ data: { deskEvents: { cursor, story: { author: { name: 'The author-city' } } } } })),
    );
  }
  await events.return();
  await until(() => room.counts.live === 0);
  await live[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test('numbers in events keep their digits', async () => {
  const server = new WebSocketServer({ port: 0, handleProtocols: () => 'graphql-transport-ws' });
  await using started = new AsyncDisposableStack();
  started.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const { type, id } = JSON.parse(data.toString()) as { type: string; id?: string };
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
      if (type === 'subscribe') socket.send(`{"type":"next","id":"${id}","payload":{"data":{"n":9007199254740993}}}`);
    });
  });
  const { port } = server.address() as { port: number };
  const link = started.use(new UpstreamSocket({ url: `ws://127.0.0.1:${port}` }));
  const stream = streamOf(await link.subscribe({ query: 'subscription { n }' }, { headers: {} }));
  expect(JSON.stringify(await take(stream, 1))).toBe('[{"data":{"n":9007199254740993}}]');
});
