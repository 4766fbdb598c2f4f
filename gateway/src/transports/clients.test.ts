/** Stock clients over every transport that they support: graphql-sse, Apollo Client, urql, Relay and graphql-request. */
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { cacheExchange, Client as UrqlClient, fetchExchange, subscriptionExchange } from '@urql/core';
import { GraphQLClient } from 'graphql-request';
import type { ExecutionResult } from 'graphql';
import { createClient as createSseClient } from 'graphql-sse';
import {
  Environment,
  Network,
  Observable,
  RecordSource,
  Store,
  type FetchFunction,
  type SubscribeFunction,
} from 'relay-runtime';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@chat/kit/process/free-port';
import { PushStream } from '../subscriptions/push-stream';
import { bearer, socketClient, startLiveGateway, take, until, type LiveGateway } from '../testing/live-gateway';
import { Newsroom } from '../testing/newsroom';

const STORIES =
  'subscription Stories($desk: ID!) { storyPublished(desk: $desk) { __typename id author { __typename id name } } }';
const FIRST = {
  __typename: 'Story',
  id: '1',
  author: { __typename: 'Author', id: 'author-city', name: 'The author-city' },
};
const variables = { desk: 'city' };

/** Publishes once the subscription is live, and expects the event. */
async function expectStory(live: LiveGateway, stream: PushStream<unknown>): Promise<void> {
  await until(() => live.room.counts.live === 1);
  live.room.publish('city');
  const [result] = await take(stream, 1);
  expect(JSON.parse(JSON.stringify(result))).toMatchObject({ data: { storyPublished: FIRST } });
  await stream.return();
  await until(() => live.room.counts.live === 0);
}

describe('graphql-sse', () => {
  test.each([
    ['distinct connections', false, '/stream'],
    ['distinct connections on /graphql', false, ''],
    ['a single connection', true, '/stream'],
    ['a single connection on /graphql', true, ''],
  ])('over %s', async (_what, singleConnection, path) => {
    await using live = await startLiveGateway();
    const client = createSseClient({
      url: live.url + path,
      singleConnection: singleConnection as false,
      headers: bearer('ada'),
      retryAttempts: 0,
    });
    const stream: PushStream<unknown> = new PushStream(() => stop());
    const stop = client.subscribe(
      { query: STORIES, variables },
      { next: (value) => stream.push(value), error: (error) => stream.fail(error), complete: () => stream.end() },
    );
    await expectStory(live, stream);
    client.dispose();
  });

  test.each([
    [false, '/stream'],
    [true, '/stream'],
    [false, ''],
    [true, ''],
  ])(
    'runs queries, mutations and streams that end; single connection: %s, on /graphql%s',
    async (singleConnection, path) => {
      await using live = await startLiveGateway();
      const client = createSseClient({
        url: live.url + path,
        singleConnection: singleConnection as false,
        headers: bearer('ada'),
        retryAttempts: 0,
      });
      const run = async (query: string) => {
        const results: unknown[] = [];
        for await (const result of client.iterate({ query })) results.push(result);
        return results;
      };
      expect(await run('mutation { publish(desk: "city", headline: "Now") { id } }')).toEqual([
        { data: { publish: { id: '1' } } },
      ]);
      expect(await run('{ stories(desk: "city") { headline } }')).toEqual([
        { data: { stories: [{ headline: 'Now' }] } },
      ]);
      expect(await run('subscription { countdown(from: 2) }')).toEqual([
        { data: { countdown: 2 } },
        { data: { countdown: 1 } },
      ]);
      client.dispose();
    },
  );

  test('receives validation errors on the stream', async () => {
    await using live = await startLiveGateway();
    const client = createSseClient({ url: `${live.url}/stream`, headers: bearer('ada'), retryAttempts: 0 });
    const results = client.iterate({ query: 'subscription { nothing }' });
    expect((await results.next()).value).toMatchObject({
      errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    });
    client.dispose();
  });
});

describe('Apollo Client', () => {
  const links = {
    WebSocket: (live: LiveGateway) => new GraphQLWsLink(socketClient(live.wsUrl, 'ada')),
    multipart: (live: LiveGateway) => new HttpLink({ uri: live.url, headers: bearer('ada') }),
  };
  test.each(Object.entries(links))('over %s, without waiting for a heartbeat', async (_what, link) => {
    await using live = await startLiveGateway({ LIVE_HEARTBEAT_MS: '3600000' });
    const client = new ApolloClient({ link: link(live), cache: new InMemoryCache() });
    const stream: PushStream<unknown> = new PushStream(() => subscription.unsubscribe());
    const subscription = client
      .subscribe({ query: gql(STORIES), variables })
      .subscribe((result) => stream.push(result));
    await expectStory(live, stream);
    client.stop();
  });

  test('receives the reason for a refused subscription over multipart', async () => {
    await using live = await startLiveGateway();
    live.room.bar('eve', 'city');
    const client = new ApolloClient({
      link: new HttpLink({ uri: live.url, headers: bearer('eve') }),
      cache: new InMemoryCache(),
    });
    const refusal = await new Promise((resolve) => {
      client.subscribe({ query: gql(STORIES), variables }).subscribe((result) => resolve(result));
    });
    expect(JSON.stringify((refusal as { error: unknown }).error)).toContain('FORBIDDEN');
  });

  test('completes when a stream over multipart ends', async () => {
    await using live = await startLiveGateway();
    const client = new ApolloClient({ link: new HttpLink({ uri: live.url }), cache: new InMemoryCache() });
    const seen: unknown[] = [];
    await new Promise<void>((complete, error) => {
      client
        .subscribe({
          query: gql`
            subscription {
              countdown(from: 2)
            }
          `,
        })
        .subscribe({ next: ({ data }) => seen.push(data), complete, error });
    });
    expect(seen).toEqual([{ countdown: 2 }, { countdown: 1 }]);
  });
});

describe('urql', () => {
  const exchanges = {
    WebSocket: (live: LiveGateway) => {
      const socket = socketClient(live.wsUrl, 'ada');
      return subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe({ query, variables: variables as Record<string, unknown> }, sink as never),
          }),
        }),
      });
    },
    fetch: () => fetchExchange,
  };
  test.each(Object.entries(exchanges))('over %s', async (_what, exchange) => {
    await using live = await startLiveGateway();
    const client = new UrqlClient({
      url: live.url,
      fetchSubscriptions: true,
      preferGetMethod: false,
      fetchOptions: { headers: bearer('ada') },
      exchanges: [cacheExchange, exchange(live)],
    });
    const stream: PushStream<unknown> = new PushStream(() => subscription.unsubscribe());
    const subscription = client
      .subscription(STORIES, variables)
      .subscribe((result) => stream.push({ data: result.data }));
    await expectStory(live, stream);
  });
});

describe('a client that reconnects to another gateway', () => {
  const EVENTS = 'subscription ($desk: ID!, $after: String) { deskEvents(desk: $desk, after: $after) { cursor } }';
  const again = () => delay(20);
  const retrying = { retryAttempts: Infinity, retryWait: again, retry: again, shouldRetry: () => true };
  interface AnyClient {
    subscribe(
      request: { query: string; variables: Record<string, unknown> },
      sink: { next(result: ExecutionResult): void; error(error: unknown): void; complete(): void },
    ): () => void;
    dispose(): void | Promise<void>;
  }
  const clients: Record<string, (live: LiveGateway) => AnyClient> = {
    'graphql-ws': (live) => socketClient(live.wsUrl, 'ada', retrying),
    'graphql-sse': (live) => createSseClient({ url: `${live.url}/stream`, headers: bearer('ada'), ...retrying }),
    'graphql-sse on a single connection': (live) =>
      createSseClient({
        url: `${live.url}/stream`,
        singleConnection: true,
        headers: bearer('ada'),
        ...retrying,
      }),
  };
  test.each(Object.entries(clients))('%s misses nothing if it updates its variables', async (_what, connect) => {
    const room = new Newsroom();
    const PORT = String(await freePort());
    const first = await startLiveGateway({ PORT }, room);
    const client = connect(first);
    const variables: Record<string, unknown> = { desk: 'city' };
    const stream: PushStream<string> = new PushStream(() => stop());
    const stop = client.subscribe(
      { query: EVENTS, variables },
      {
        next: ({ data }) => {
          const { cursor } = data!.deskEvents as { cursor: string };
          variables.after = cursor;
          stream.push(cursor);
        },
        error: (error) => stream.fail(error),
        complete: () => stream.end(),
      },
    );
    await until(() => room.counts.live === 1);
    room.publish('city');
    expect(await take(stream, 1)).toEqual(['1']);
    await first[Symbol.asyncDispose]();
    room.publish('city');
    await using _second = await startLiveGateway({ PORT }, room);
    room.publish('city');
    expect(await take(stream, 2)).toEqual(['2', '3']);
    await stream.return();
    await client.dispose();
  });
});

test('Relay subscribes over WebSocket and fetches over HTTP', async () => {
  await using live = await startLiveGateway();
  const socket = socketClient(live.wsUrl, 'ada');
  const subscribe: SubscribeFunction = ({ text }, given) =>
    Observable.create((sink) => socket.subscribe({ query: text!, variables: given }, sink as never));
  const fetchQuery: FetchFunction = async ({ text }, given) => {
    const headers = { 'content-type': 'application/json', ...bearer('ada') };
    const response = await fetch(live.url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query: text, variables: given }),
    });
    return (await response.json()) as never;
  };
  const environment = new Environment({
    network: Network.create(fetchQuery, subscribe),
    store: new Store(new RecordSource()),
  });
  const params = (name: string, text: string, operationKind: 'query' | 'subscription') => ({
    name,
    text,
    operationKind,
    id: null,
    cacheID: name,
    metadata: {},
  });
  const network = environment.getNetwork();
  const stream: PushStream<unknown> = new PushStream(() => subscription.unsubscribe());
  const subscription = network
    .execute(params('Stories', STORIES, 'subscription'), variables, {})
    .subscribe({ next: (result) => stream.push(result), error: (error: unknown) => stream.fail(error) });
  await expectStory(live, stream);
  const fetched = await network
    .execute(params('Desk', 'query Desk($desk: ID!) { stories(desk: $desk) { id } }', 'query'), variables, {})
    .toPromise();
  expect(fetched).toEqual({ data: { stories: [{ id: '1' }] } });
  void socket.dispose();
});

test('graphql-request runs queries and mutations', async () => {
  await using live = await startLiveGateway();
  const client = new GraphQLClient(live.url, { headers: bearer('ada') });
  await client.request('mutation { publish(desk: "city", headline: "Now") { id } }');
  expect(
    await client.request('query ($desk: ID!) { stories(desk: $desk) { headline author { name } } }', variables),
  ).toEqual({
    stories: [{ headline: 'Now', author: { name: 'The author-city' } }],
  });
});
