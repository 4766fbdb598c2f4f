/** Subscriptions through a whole gateway with a stock graphql-ws client: delivery, sharing, resuming and logging. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { ExecutionResult } from 'graphql';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { follow, socketClient, startLiveGateway, take, until } from '../testing/live-gateway';

const STORIES = 'subscription ($desk: ID!) { storyPublished(desk: $desk) { id headline author { name } } }';
const EVENTS =
  'subscription ($desk: ID!, $after: String) { deskEvents(desk: $desk, after: $after) { __typename ... on StoryFiled { story { id author { name } } } } }';

const HEADLINES = 'subscription ($desk: ID!, $after: Int) { headlines(desk: $desk, after: $after) { number text } }';

const numbers = (results: readonly ExecutionResult[]) =>
  results.map(({ data }) => String((data as { headlines: { number: number } }).headlines.number));

const storyIds = (results: readonly ExecutionResult[]) =>
  results.map(({ data }) => (data as { deskEvents: { story: { id: string } } }).deskEvents.story.id);

test('an event is completed by another subgraph and delivered', async () => {
  await using live = await startLiveGateway();
  using client = socketClient(live.wsUrl, 'ada');
  const stories = follow(client, STORIES, { desk: 'city' });
  await until(() => live.room.counts.live === 1);
  live.room.publish('city', 'First');
  expect(await take(stories, 1)).toEqual([
    { data: { storyPublished: { id: '1', headline: 'First', author: { name: 'The author-city' } } } },
  ]);
});

test('equal subscriptions share one upstream and one execution, and each is authorised', async () => {
  await using live = await startLiveGateway();
  using ada = socketClient(live.wsUrl, 'ada');
  using bob = socketClient(live.wsUrl, 'bob');
  const streams = [ada, ada, bob].map((client) => follow(client, STORIES, { desk: 'city' }));
  await until(() => live.room.counts.authorised === 3);
  live.room.publish('city');
  const results = await Promise.all(streams.map((stream) => take(stream, 1)));
  expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
  expect(live.room.counts).toMatchObject({ upstreams: 1, authors: 1, authorised: 3 });
});

test('a viewer-dependent selection is not shared between viewers', async () => {
  await using live = await startLiveGateway();
  using author = socketClient(live.wsUrl, 'author-city');
  using other = socketClient(live.wsUrl, 'ada');
  const query = 'subscription { storyPublished(desk: "city") { readByViewer } }';
  const streams = [author, other].map((client) => follow(client, query));
  await until(() => live.room.counts.live === 2);
  live.room.publish('city');
  const results = await Promise.all(streams.map((stream) => take(stream, 1)));
  expect(results.flat().map(({ data }) => data)).toEqual([
    { storyPublished: { readByViewer: true } },
    { storyPublished: { readByViewer: false } },
  ]);
});

test('fields that do not depend on the viewer are fetched once, even if results differ', async () => {
  await using live = await startLiveGateway();
  const viewers = ['author-city', 'ada', 'bob'];
  const clients = viewers.map((viewer) => socketClient(live.wsUrl, viewer));
  const query = 'subscription { storyPublished(desk: "city") { readByViewer author { name } } }';
  const streams = clients.map((client) => follow(client, query));
  await until(() => live.room.counts.live === 3);
  live.room.publish('city');
  const results = await Promise.all(streams.map((stream) => take(stream, 1)));
  expect(results.flat().map(({ data }) => data)).toEqual(
    viewers.map((viewer) => ({
      storyPublished: { readByViewer: viewer === 'author-city', author: { name: 'The author-city' } },
    })),
  );
  expect(live.authors.executions).toBe(1);
  for (const client of clients) await client.dispose();
});

test('missed events are completed in batches and delivered in order', async () => {
  await using live = await startLiveGateway();
  for (let i = 0; i < 100; i++) live.room.publish('city');
  using client = socketClient(live.wsUrl, 'ada');
  const events = follow(client, EVENTS, { desk: 'city', after: '0' });
  expect(storyIds(await take(events, 100))).toEqual(live.room.stories.map(({ id }) => id));
  expect(live.authors.executions).toBeLessThanOrEqual(5);
});

test('a viewer without access is refused with its code, and others on the same desk continue', async () => {
  await using live = await startLiveGateway();
  live.room.bar('eve', 'city');
  using ada = socketClient(live.wsUrl, 'ada');
  using eve = socketClient(live.wsUrl, 'eve');
  const allowed = follow(ada, STORIES, { desk: 'city' });
  await until(() => live.room.counts.live === 1);
  await expect(follow(eve, STORIES, { desk: 'city' }).next()).rejects.toMatchObject([
    { extensions: { code: 'FORBIDDEN' } },
  ]);
  live.room.publish('city');
  await take(allowed, 1);
});

test('if the subgraph does not support authorise-only requests, it decides for each viewer at the start of the stream', async () => {
  await using live = await startLiveGateway();
  live.desks.canAuthorize = false;
  live.room.bar('eve', 'city');
  const clients = ['ada', 'ada', 'bob', 'eve'].map((viewer) => socketClient(live.wsUrl, viewer));
  const [first, second, bob, eve] = clients.map((client) => follow(client, STORIES, { desk: 'city' }));
  await expect(eve!.next()).rejects.toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  await until(() => live.room.counts.live === 2);
  live.room.publish('city');
  for (const stream of [first, second, bob])
    expect(await take(stream!, 1)).toMatchObject([{ data: { storyPublished: { id: '1' } } }]);
  for (const client of clients) await client.dispose();
});

test('a cursor delivers missed and then new events, in the end through one upstream', async () => {
  await using live = await startLiveGateway();
  for (let i = 0; i < 5; i++) live.room.publish('city');
  using client = socketClient(live.wsUrl, 'ada');
  const early = follow(client, EVENTS, { desk: 'city', after: '1' });
  const late = follow(client, EVENTS, { desk: 'city', after: '3' });
  const fresh = follow(client, EVENTS, { desk: 'city' });
  expect(storyIds(await take(early, 4))).toEqual(['2', '3', '4', '5']);
  expect(storyIds(await take(late, 2))).toEqual(['4', '5']);
  await until(() => live.room.counts.authorised === 3);
  live.room.publish('city');
  for (const stream of [early, late, fresh]) expect(storyIds(await take(stream, 1))).toEqual(['6']);
  await until(() => live.room.counts.live === 1);
});

test('the gateway’s own cursor does not reach the client', async () => {
  await using live = await startLiveGateway();
  using client = socketClient(live.wsUrl, 'ada');
  const events = follow(client, EVENTS, { desk: 'city' });
  await until(() => live.room.counts.live === 1);
  live.room.publish('city');
  expect(await take(events, 1)).toEqual([
    { data: { deskEvents: { __typename: 'StoryFiled', story: { id: '1', author: { name: 'The author-city' } } } } },
  ]);
});

test('a lost resumable upstream resumes at its cursor', async () => {
  await using live = await startLiveGateway();
  using client = socketClient(live.wsUrl, 'ada');
  const events = follow(client, EVENTS, { desk: 'city' });
  await until(() => live.room.counts.live === 1);
  live.room.publish('city');
  expect(storyIds(await take(events, 1))).toEqual(['1']);
  live.desks.crash();
  live.room.publish('city');
  live.desks.restart();
  live.room.publish('city');
  expect(storyIds(await take(events, 2))).toEqual(['2', '3']);
  expect(live.room.cursors).toEqual([null, '1']);
});

test.each([
  ['a text', EVENTS, storyIds, { desk: 'city' }],
  ['a number', HEADLINES, numbers, { desk: 'city' }],
])('an upstream with %s as cursor that is lost before its first event misses nothing', async (_, query, ids, given) => {
  await using live = await startLiveGateway();
  using client = socketClient(live.wsUrl, 'ada');
  live.room.publish('city');
  const events = follow(client, query, given);
  await until(() => live.room.counts.live === 1);
  live.desks.crash();
  live.room.publish('city');
  live.desks.restart();
  live.room.publish('city');
  expect(ids(await take(events, 2))).toEqual(['2', '3']);
});

test('if the subgraph announces no start cursor, subscribers are told of a possible gap', async () => {
  await using live = await startLiveGateway();
  using client = socketClient(live.wsUrl, 'ada');
  live.desks.saysStart = false;
  const events = follow(client, EVENTS, { desk: 'city' });
  await until(() => live.room.counts.live === 1);
  live.desks.crash();
  live.room.publish('city');
  live.desks.restart();
  expect(await take(events, 1)).toMatchObject([{ errors: [{ extensions: { code: 'SUBSCRIPTION_INTERRUPTED' } }] }]);
  live.room.publish('city');
  expect(storyIds(await take(events, 1))).toEqual(['2']);
});

test('a cursor can be a number', async () => {
  await using live = await startLiveGateway();
  for (let i = 0; i < 3; i++) live.room.publish('city');
  using client = socketClient(live.wsUrl, 'ada');
  const headlines = follow(client, HEADLINES, { desk: 'city', after: 1 });
  expect(numbers(await take(headlines, 2))).toEqual(['2', '3']);
  live.desks.crash();
  live.room.publish('city');
  live.desks.restart();
  expect(numbers(await take(headlines, 1))).toEqual(['4']);
});

test('subscribers of a field that cannot be resumed are told of a possible gap', async () => {
  await using live = await startLiveGateway();
  using client = socketClient(live.wsUrl, 'ada');
  const stories = follow(client, STORIES, { desk: 'city' });
  await until(() => live.room.counts.live === 1);
  live.desks.crash();
  live.room.publish('city', 'Missed');
  live.desks.restart();
  expect(await take(stories, 1)).toMatchObject([
    { data: null, errors: [{ extensions: { code: 'SUBSCRIPTION_INTERRUPTED' } }] },
  ]);
  live.room.publish('city', 'Heard');
  expect(await take(stories, 1)).toMatchObject([{ data: { storyPublished: { headline: 'Heard' } } }]);
});

test('an ended stream completes, and queries and mutations have one result', async () => {
  await using live = await startLiveGateway();
  using client = socketClient(live.wsUrl, 'ada');
  const countdown = follow(client, 'subscription { countdown(from: 3) }');
  expect(await take(countdown, 3)).toEqual([3, 2, 1].map((left) => ({ data: { countdown: left } })));
  expect(await countdown.next()).toEqual({ done: true, value: undefined });
  const published = follow(client, 'mutation { publish(desk: "city", headline: "Now") { author { name } } }');
  expect(await take(published, 1)).toEqual([{ data: { publish: { author: { name: 'The author-city' } } } }]);
  expect((await published.next()).done).toBe(true);
});

test('when the last subscriber leaves, the upstream ends', async () => {
  await using live = await startLiveGateway();
  using client = socketClient(live.wsUrl, 'ada');
  const streams = [1, 2].map(() => follow(client, STORIES, { desk: 'city' }));
  await until(() => live.room.counts.authorised === 2 && live.room.counts.live === 1);
  await streams[0]!.return();
  await streams[1]!.return();
  await until(() => live.room.counts.live === 0);
});

test('a malformed cursor and invalid variables are refused', async () => {
  await using live = await startLiveGateway();
  using client = socketClient(live.wsUrl, 'ada');
  await expect(follow(client, EVENTS, { desk: 'city', after: 'x' }).next()).rejects.toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  await expect(follow(client, EVENTS, {}).next()).rejects.toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
});

test('an event and those behind it wait for a briefly unavailable subgraph', async () => {
  await using live = await startLiveGateway();
  using client = socketClient(live.wsUrl, 'ada');
  const stories = follow(client, STORIES, { desk: 'city' });
  await until(() => live.room.counts.live === 1);
  live.authors.crash();
  live.room.publish('city', 'First');
  live.room.publish('city', 'Second');
  await until(() => live.authors.refusals >= 2);
  live.authors.restart();
  expect(await take(stories, 2)).toEqual(
    ['First', 'Second'].map((headline, index) => ({
      data: { storyPublished: { id: String(index + 1), headline, author: { name: 'The author-city' } } },
    })),
  );
});

test('a subscription is logged at its start with its cost, and at its end with its outcome', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  await using live = await startLiveGateway({}, undefined, undefined, log);
  using client = socketClient(live.wsUrl, 'ada');
  const stories = follow(client, STORIES.replace('subscription', 'subscription Live'), { desk: 'city' });
  await until(() => live.room.counts.live === 1);
  for (let i = 0; i < 2; i++) live.room.publish('city');
  await take(stories, 2);
  await stories.return();
  await until(() => live.room.counts.live === 0);
  live.room.bar('ada', 'city');
  await expect(follow(client, STORIES, { desk: 'city' }).next()).rejects.toBeDefined();
  const common = { kind: 'subscription', viewer: 'ada' };
  expect(lines.filter(({ kind }) => kind === 'subscription')).toMatchObject([
    { ...common, operation: 'Live', cost: expect.any(Number) as number, msg: 'operation' },
    { ...common, operation: 'Live', results: 2, reason: 'cancelled', msg: 'subscription ended' },
    { ...common, msg: 'operation' },
    { ...common, results: 0, reason: 'refused', msg: 'subscription ended' },
  ]);
});

test('the start of an operation continues the client’s trace into the subgraph', async () => {
  interface Span {
    name: string;
    traceId: string;
    spanId: string;
    parentSpanId?: string;
  }
  type Export = { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
  const collector = createServer((request, response) => {
    void json(request).then((body) => {
      response.end('{}');
      collector.emit('spans', body);
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const exported = once(collector, 'spans') as Promise<[Export]>;
  const { port } = collector.address() as AddressInfo;
  const live = await startLiveGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  const [traceId, parentId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  class TracedSocket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { headers: { traceparent: `00-${traceId}-${parentId}-01`, tracestate: 'vendor=1' } });
    }
  }
  using client = socketClient(live.wsUrl, 'ada', { webSocketImpl: TracedSocket });
  follow(client, STORIES.replace('subscription', 'subscription Live'), { desk: 'city' });
  await until(() => live.room.counts.live === 1);
  await live[Symbol.asyncDispose]();
  const [{ resourceSpans }] = await exported;
  const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  const named = (name: string) => spans.find((span) => span.name === name)!;
  const [operation, asked, opened] = ['subscription Live', 'authorize desks', 'subscribe desks'].map(named);
  expect(operation).toMatchObject({ traceId, parentSpanId: parentId });
  for (const span of [asked, opened]) expect(span).toMatchObject({ traceId, parentSpanId: operation!.spanId });
  const continued = { traceparent: `00-${traceId}-${opened!.spanId}-01`, tracestate: 'vendor=1' };
  expect(live.desks.lastHeaders).toMatchObject(continued);
  await new Promise((resolve) => collector.close(resolve));
});
