/** Subscriptions of third-party subgraphs: each refusal and failure reaches the client once. */
import { GraphQLError } from 'graphql';
import type { WebSocketServer } from 'ws';
import { follow, socketClient, startLiveGateway, take, until, type LiveGateway } from '../testing/live-gateway';
import { DESKS_SDL } from '../testing/newsroom';
import { serveStock, type StockSubgraph } from '../testing/stock-subgraph';

const STORIES = 'subscription ($desk: ID!) { storyPublished(desk: $desk) { id headline } }';
const COUNTDOWN = 'subscription ($from: Int!) { countdown(from: $from) }';
const MASKED = [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }];

const startGateway = (desks: StockSubgraph): Promise<LiveGateway> =>
  startLiveGateway({}, undefined, { desks: desks.url });

/** Resolvers of `countdown`, which count their runs. */
function countdownBy(source: (from: number) => AsyncGenerator<number>) {
  const runs: number[] = [];
  const subscribe = async function* (_: unknown, { from }: { from: number }) {
    runs.push(from);
    for await (const countdown of source(from)) yield { countdown };
  };
  return { runs, resolvers: { Subscription: { countdown: { subscribe } } } };
}

const waits = () => new Promise<never>(() => undefined);

test('a field that the subgraph lacks ends the subscription without a retry', async () => {
  const older = DESKS_SDL.replace('headline: String!', 'title: String!');
  await using desks = await serveStock(older, {});
  await using live = await startGateway(desks);
  using client = socketClient(live.wsUrl, 'ada');
  await expect(follow(client, STORIES, { desk: 'city' }).next()).rejects.toMatchObject(MASKED);
  expect(desks.asked).toHaveLength(1);
});

test.each([
  ['an error without a code', new Error('The source broke.'), 'INTERNAL_SERVER_ERROR'],
  ['an error of the GraphQL library', new GraphQLError('The source broke.'), 'INTERNAL_SERVER_ERROR'],
])('%s from a source comes after its events, and the source is not started again', async (_, error, code) => {
  const { runs, resolvers } = countdownBy(async function* (from) {
    yield from;
    throw error;
  });
  await using desks = await serveStock(DESKS_SDL, resolvers);
  await using live = await startGateway(desks);
  using client = socketClient(live.wsUrl, 'ada');
  const countdown = follow(client, COUNTDOWN, { from: 3 });
  expect(await take(countdown, 1)).toEqual([{ data: { countdown: 3 } }]);
  await expect(countdown.next()).rejects.toMatchObject([{ extensions: { code } }]);
  expect(runs).toEqual([3]);
});

test('an error at subscribe time that comes as a result reaches the client with its code', async () => {
  const subscribe = () => {
    throw new GraphQLError('The countdown is over.', { extensions: { code: 'CONFLICT' } });
  };
  await using desks = await serveStock(DESKS_SDL, { Subscription: { countdown: { subscribe } } });
  await using live = await startGateway(desks);
  using client = socketClient(live.wsUrl, 'ada');
  const countdown = follow(client, COUNTDOWN, { from: 3 });
  expect(await take(countdown, 1)).toEqual([
    { errors: [{ message: 'The countdown is over.', extensions: { code: 'CONFLICT' } }] },
  ]);
  expect((await countdown.next()).done).toBe(true);
  expect(desks.asked).toHaveLength(1);
});

test('a subgraph that serves only WebSockets serves subscriptions', async () => {
  const { runs, resolvers } = countdownBy(async function* (from) {
    yield from;
  });
  await using desks = await serveStock(DESKS_SDL, resolvers, { isLive: true });
  await using live = await startGateway(desks);
  using client = socketClient(live.wsUrl, 'ada');
  const countdown = follow(client, COUNTDOWN, { from: 3 });
  expect(await take(countdown, 1)).toEqual([{ data: { countdown: 3 } }]);
  expect((await countdown.next()).done).toBe(true);
  expect(runs).toEqual([3]);
});

test('an event with a field error is delivered with the error', async () => {
  const { resolvers } = countdownBy(async function* (from) {
    yield from;
    yield 1.5; // no Int
    await waits();
  });
  await using desks = await serveStock(DESKS_SDL, resolvers);
  await using live = await startGateway(desks);
  using client = socketClient(live.wsUrl, 'ada');
  expect(await take(follow(client, COUNTDOWN, { from: 3 }), 2)).toMatchObject([
    { data: { countdown: 3 } },
    { data: null, errors: [{ path: ['countdown'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }] },
  ]);
});

/** Closes a socket on any operation that counts down from 13. */
function breaksOff(sockets: WebSocketServer): void {
  sockets.on('connection', (socket) => {
    socket.prependListener('message', (data) => {
      if (String(data).includes('"from":13')) socket.close(4500, 'Internal server error');
    });
  });
}

test('if the subgraph closes a socket because of one stream, only that stream ends', async () => {
  const { runs, resolvers } = countdownBy(async function* (from) {
    yield from;
    await waits();
  });
  await using desks = await serveStock(DESKS_SDL, resolvers, { onConnection: breaksOff });
  await using live = await startGateway(desks);
  using client = socketClient(live.wsUrl, 'ada');
  const alone = follow(client, COUNTDOWN, { from: 13 });
  await expect(alone.next()).rejects.toMatchObject(MASKED);

  const good = [1, 2, 3, 4, 5].map((from) => follow(client, COUNTDOWN, { from }));
  for (const stream of good) await take(stream, 1);
  const bad = follow(client, COUNTDOWN, { from: 13 });
  await expect(bad.next()).rejects.toMatchObject(MASKED);
  for (const [index, stream] of good.entries()) {
    const [interrupted, event] = await take(stream, 2);
    expect(interrupted).toMatchObject({ errors: [{ extensions: { code: 'SUBSCRIPTION_INTERRUPTED' } }] });
    expect(event).toEqual({ data: { countdown: index + 1 } });
  }
  expect(runs.filter((from) => from !== 13).length).toBeLessThanOrEqual(5 * 4);
});

const now = performance.now.bind(performance);
/** Sets the clock of deadlines forward. Timers run as before. */
const skip = (ms: number) => void jest.spyOn(performance, 'now').mockImplementation(() => now() + ms);
afterEach(() => void jest.restoreAllMocks());

test('after ten seconds the client is told that the subgraph is unavailable', async () => {
  let attempts = 0;
  const onConnection = (sockets: WebSocketServer) =>
    sockets.on('connection', (socket) => (attempts++, socket.terminate()));
  const moreAttempts = async () => {
    const before = attempts;
    await until(() => attempts > before + 1);
  };
  await using desks = await serveStock(DESKS_SDL, {}, { onConnection });
  await using live = await startGateway(desks);
  using client = socketClient(live.wsUrl, 'ada');
  let isTold = false;
  const told = follow(client, COUNTDOWN, { from: 3 })
    .next()
    .finally(() => (isTold = true));
  const refused = expect(told).rejects.toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
  await moreAttempts();
  skip(5_000);
  await moreAttempts();
  expect(isTold).toBe(false);
  skip(10_000);
  await refused;
});

test('a subscription resumes after a restart, and ends if the restarted subgraph keeps refusing it', async () => {
  const source = countdownBy(async function* (from) {
    yield from;
    await waits();
  });
  const first = await serveStock(DESKS_SDL, source.resolvers);
  const port = Number(new URL(first.url).port);
  await using live = await startGateway(first);
  using client = socketClient(live.wsUrl, 'ada');
  const countdown = follow(client, COUNTDOWN, { from: 3 });
  await take(countdown, 1);
  await first[Symbol.asyncDispose]();
  const second = await serveStock(DESKS_SDL, source.resolvers, { port });
  expect(await take(countdown, 2)).toMatchObject([{ data: null }, { data: { countdown: 3 } }]);
  await second[Symbol.asyncDispose]();
  const renamed = DESKS_SDL.replace('countdown(', 'countUp(');
  await using third = await serveStock(renamed, {}, { port });
  const refused = expect(countdown.next()).rejects.toMatchObject(MASKED);
  await until(() => third.asked.length > 1);
  skip(10_000);
  await refused;
});
