/** What happens to operations on their way: tokens, caches, safelists, counting together, reloading, watching. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, json, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createServer as createSecureServer } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { Report } from '@apollo/usage-reporting-protobuf';
import type { ExecutionResult } from 'graphql';
import { createClient } from 'graphql-ws';
import { sign } from 'jsonwebtoken';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import WebSocket from 'ws';
import { ApiError } from '@chat/kit/errors';
import { serveSubgraph } from '@chat/kit/graphql/subgraph-server';
import { ViewerHeader } from '@chat/kit/auth/viewer-header';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import type { GatewayDeps } from '../../create-gateway';
import { StaticSupergraphSource } from '../../supergraph/source';
import { bearer, follow, socketClient, startLiveGateway, take, until } from '../../testing/live-gateway';
import { composeLocally } from '../../testing/local-subgraphs';
import { desksService, Newsroom } from '../../testing/newsroom';
import { SHOP } from '../../testing/shop';
import { RedisQueryStore } from './query-stores';
import { startShopGateway, TEST_SECRET, type Answer, type ShopGateway } from '../../testing/shop-gateway';

/** What Apollo Studio is sent, as far as it is looked at here; numbers are texts, as protobuf's are longer than JSON's. */
interface ReportJson {
  header: { graphRef: string };
  operationCount: string;
  tracesPerQuery: Record<
    string,
    {
      statsWithContext: [
        {
          context: { clientName: string };
          queryLatencyStats: { requestCount: string; requestsWithErrorsCount: string };
        },
      ];
      referencedFieldsByType: Record<string, { fieldNames: string[] }>;
    }
  >;
}

function tokenOf(userId: string): string {
  return sign({ sid: `session of ${userId}`, roles: ['USER'], permissions: [] }, TEST_SECRET, {
    subject: userId,
    issuer: 'chat-system',
    audience: 'access',
    expiresIn: 60,
  });
}

/** A gateway does not wait for Redis when it starts; asking for its health does. */
async function redisIsThere(shop: ShopGateway): Promise<void> {
  expect((await shop.get('/health/detailed')).status).toBe(200);
}

describe('tokens', () => {
  test('the viewer reaches the subgraph signed; a wrong token refuses the whole request', async () => {
    await using shop = await startShopGateway({ SECRET_KEY: TEST_SECRET });
    const people = shop.services.get('people')!;
    const header = new ViewerHeader(TEST_SECRET);
    const signedBy = async (headers: Record<string, string>) => {
      await shop.ask({ query: '{ me { name } }' }, headers);
      return header.verify(people.requests.at(-1)!.headers['x-viewer']);
    };
    expect(await signedBy({ authorization: `Bearer ${tokenOf('u1')}` })).toMatchObject({ id: 'u1', roles: ['USER'] });
    expect(await signedBy({})).toBeNull();
    const before = people.requests.length;
    const refused = await shop.ask({ query: '{ me { name } }' }, { authorization: 'Bearer forged' });
    expect([refused.status, refused.body.errors![0]!.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    expect(people.requests).toHaveLength(before);
  });
});

describe('the rate limit', () => {
  test('counts all gateways of one Redis together, each viewer and each address apart', async () => {
    const env = {
      SECRET_KEY: TEST_SECRET,
      REDIS_URL: testRedisUrl(),
      REDIS_PREFIX: testRedisPrefix(),
      RATE_LIMIT_PER_MINUTE: '2',
    };
    await using first = await startShopGateway(env);
    await using second = await startShopGateway(env);
    for (const shop of [first, second]) await redisIsThere(shop);
    const query = { query: '{ __typename }' };
    const as = (user: string) => ({ authorization: `Bearer ${tokenOf(user)}` });
    expect((await first.ask(query, as('u1'))).status).toBe(200);
    expect((await second.ask(query, as('u1'))).status).toBe(200);
    expect((await first.ask(query, as('u1'))).status).toBe(429);
    expect((await second.ask(query, as('u1'))).status).toBe(429);
    expect((await second.ask(query, as('u2'))).status).toBe(200);
    expect((await second.ask(query)).status).toBe(200);
  });
});

test('while Redis is away, operations are answered, counted in memory and registered nowhere', async () => {
  const env = { REDIS_URL: 'redis://127.0.0.1:1', RATE_LIMIT_PER_MINUTE: '2' };
  await using shop = await startShopGateway(env);
  const query = '{ me { name } }';
  const persistedQuery = { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') };
  expect((await shop.ask({ query, extensions: { persistedQuery } })).status).toBe(200);
  const byHash = await shop.ask({ extensions: { persistedQuery } });
  expect(byHash.body.errors![0]!.extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
  expect((await shop.ask({ query })).status).toBe(429);
});

test('no more persisted queries are kept than there is room for, the youngest, and no monsters', async () => {
  const redis = new Redis(testRedisUrl());
  const store = new RedisQueryStore(redis, testRedisPrefix(), pino({ level: 'silent' }), 2);
  await once(redis, 'ready');
  for (const name of ['first', 'second', 'third']) await store.set(`apq:${name}`, `{ ${name} }`, { ttl: 60 });
  await store.set('apq:monster', `{ a } # ${'x'.repeat(40_000)}`, { ttl: 60 });
  const kept = await Promise.all(['first', 'second', 'third', 'monster'].map((name) => store.get(`apq:${name}`)));
  expect(kept).toEqual([undefined, '{ second }', '{ third }', undefined]);
  await redis.quit();
});

describe('the safelist', () => {
  test('lets listed operations run, by text and by hash, and nothing else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'safelist-'));
    const listed = '{ me { name } }';
    const hashOf = (query: string) => createHash('sha256').update(query).digest('hex');
    const byHash = (query: string) => ({ persistedQuery: { version: 1, sha256Hash: hashOf(query) } });
    await writeFile(join(folder, 'operations.json'), JSON.stringify({ [hashOf(listed)]: listed }));
    await using shop = await startShopGateway({ PERSISTED_OPERATIONS_PATH: join(folder, 'operations.json') });
    const answer = { data: { me: { name: 'Author a1' } } };
    expect((await shop.ask({ query: listed })).body).toEqual(answer);
    expect((await shop.ask({ extensions: byHash(listed) })).body).toEqual(answer);
    const other = '{ me { id } }';
    for (const body of [{ query: other }, { query: other, extensions: byHash(other) }]) {
      expect((await shop.ask(body)).body.errors![0]!.extensions.code).toBe('FORBIDDEN');
    }
    const socket = createClient({ url: shop.url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
    const onSocket = async (query: string) => (await socket.iterate({ query }).next()).value as unknown;
    expect(await onSocket(listed)).toEqual(answer);
    await expect(onSocket(other)).rejects.toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    await socket.dispose();
    const headers = { accept: 'text/event-stream', 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify({ query: other }) };
    expect(await (await shop.get('/graphql/stream', init)).text()).toContain('FORBIDDEN');
    const unknown = await shop.ask({ extensions: byHash(other) });
    expect(unknown.body.errors![0]!.extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
    await rm(folder, { recursive: true });
  });
});

describe('the response cache', () => {
  const definitions = {
    news: {
      typeDefs: `
        extend schema
          @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@composeDirective"])
          @link(url: "https://chat-system.dev/live/v1.0", import: ["@cacheControl"])
          @composeDirective(name: "@cacheControl")
        directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT
        enum CacheControlScope { PUBLIC PRIVATE }
        type Query {
          headline(of: String = "today"): String @cacheControl(maxAge: 60)
          inbox: Int @cacheControl(maxAge: 60, scope: PRIVATE)
          top: Story @cacheControl(maxAge: 30)
          live: Int
        }
        type Story { title: String author: Author }
        type Author { name: String }
      `,
      resolvers: { Query: { headline: () => 'News', inbox: () => 1, live: () => 2, top: () => ({ title: 'T' }) } },
    },
  };
  const { sdl, services } = composeLocally(definitions);
  const service = services.get('news')!;
  const start = (env: Record<string, string>, deps: Partial<GatewayDeps> = {}) =>
    startShopGateway(env, {
      source: new StaticSupergraphSource(sdl),
      subgraphs: [{ name: 'news', service }],
      ...deps,
    });
  beforeEach(() => void (service.requests.length = 0));

  test.each([
    ['in memory', {}],
    ['in Redis', { REDIS_URL: testRedisUrl(), REDIS_PREFIX: testRedisPrefix() }],
  ])('%s keeps what the schema allows, for whom it allows it', async (_where, env) => {
    await using shop = await start({ ...env, SECRET_KEY: TEST_SECRET });
    await redisIsThere(shop);
    const asked = async (query: string, user?: string) => {
      const before = service.requests.length;
      const headers: Record<string, string> = user ? { authorization: `Bearer ${tokenOf(user)}` } : {};
      const answer = await shop.ask({ query }, headers);
      expect(answer.body.errors).toBeUndefined();
      return { times: service.requests.length - before, control: answer.headers.get('cache-control') };
    };
    const everybody = '{ headline }';
    expect(await asked(everybody, 'u1')).toEqual({ times: 1, control: 'max-age=60, public' });
    expect(await asked(everybody, 'u2')).toEqual({ times: 0, control: 'max-age=60, public' });
    expect((await asked('{ headline(of: "yesterday") }')).times).toBe(1);
    const mine = '{ inbox headline }';
    expect(await asked(mine, 'u1')).toEqual({ times: 1, control: 'max-age=60, private' });
    expect((await asked(mine, 'u1')).times).toBe(0);
    expect((await asked(mine, 'u2')).times).toBe(1);
    const byGet = await shop.get(`/graphql?query=${encodeURIComponent(mine)}`);
    expect(byGet.headers.get('cache-control')).toBe('max-age=60, private');
    expect(byGet.headers.get('vary')).toBe('origin, accept, authorization');
    expect((await asked('{ top { title } }')).control).toBe('max-age=30, public');
    for (const uncacheable of ['{ headline live }', '{ top { title author { name } } }']) {
      expect(await asked(uncacheable)).toEqual({ times: 1, control: 'no-store' });
      expect((await asked(uncacheable)).times).toBe(1);
    }
  });

  test('a private answer is not given to a key of the same account that may see less', async () => {
    const introspectToken = async (scope: string) => {
      return { id: 'u1', sessionId: 'key', roles: ['USER'], permissions: [], scope: [scope], expiresAt: 4e9 };
    };
    await using shop = await start({ SECRET_KEY: TEST_SECRET }, { introspectToken });
    for (const token of ['READ', 'WRITE', 'WRITE']) {
      await shop.ask({ query: '{ inbox }' }, { authorization: `Bearer ${token}` });
    }
    expect(service.requests).toHaveLength(2);
  });

  test('neither errors are kept, nor what was left of an answer whose client had gone', async () => {
    await using shop = await start({});
    const execute = jest.spyOn(service, 'execute');
    const failed = { data: { headline: null }, errors: [new ApiError('FORBIDDEN', 'No.')] };
    execute.mockResolvedValueOnce(failed);
    expect((await shop.ask({ query: '{ headline }' })).body.errors).toHaveLength(1);

    const gone = new AbortController();
    const givenUp = new Promise<void>((resolve) => {
      execute.mockImplementationOnce((_request, { signal }) => {
        gone.abort();
        return new Promise((_resolve, reject) => {
          signal!.addEventListener('abort', () => {
            reject(new Error('given up'));
            setImmediate(resolve); // by then the answer is made of what there is, and kept or not
          });
        });
      });
    });
    const url = `/graphql?query=${encodeURIComponent('{ headline }')}`;
    await expect(shop.get(url, { signal: gone.signal })).rejects.toThrow();
    await givenUp;
    expect((await shop.ask({ query: '{ headline }' })).body).toEqual({ data: { headline: 'News' } });
    execute.mockRestore();
  });
});

test('a new supergraph is served without a restart, and operations that come meanwhile are answered', async () => {
  await using shop = await startShopGateway();
  const query = '{ me { id motto } }';
  expect((await shop.ask({ query })).body.errors![0]!.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  const typeDefs = SHOP.people!.typeDefs.replace('email: String', 'email: String motto: String');
  shop.source.replace(composeLocally({ ...SHOP, people: { ...SHOP.people!, typeDefs } }).sdl);
  expect((await shop.ask({ query: '{ me { name } }' })).body).toEqual({ data: { me: { name: 'Author a1' } } });
  expect((await shop.ask({ query })).body).toEqual({ data: { me: { id: 'a1', motto: null } } });
  expect(shop.services.get('people')!.requests.at(-1)!.query).toContain('motto');
});

test('a subgraph is found and trusted, and trusts the gateway, by its URL and certificates in the settings', async () => {
  const [certificate, key] = ['certificate.pem', 'key.pem'].map((file) => join(__dirname, '../../testing/tls', file));
  const room = new Newsroom();
  const parts = {
    ready: async () => undefined,
    health: async () => ({}),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const desks = { name: 'desks', service: desksService(room), ...parts };
  await using plain = await serveSubgraph(desks, { host: '127.0.0.1', port: 0, log: pino({ level: 'silent' }) });
  const tls = { ca: await readFile(certificate!), cert: await readFile(certificate!), key: await readFile(key!) };
  const secure = createSecureServer({ ...tls, requestCert: true, rejectUnauthorized: true }, (socket) => {
    const behind = connect(Number(new URL(plain.url).port), '127.0.0.1');
    pipeline(socket, behind, socket).catch(() => undefined);
  });
  await once(secure.listen(0, '127.0.0.1'), 'listening');
  const { port } = secure.address() as AddressInfo;
  const started = (certificates: Record<string, string>) => {
    const env = { SUBGRAPH_URLS: `desks=https://127.0.0.1:${port}/graphql`, ...certificates };
    return startLiveGateway(env, room, { desks: 'http://127.0.0.1:1/graphql' });
  };
  const trust = { SUBGRAPH_CA: `desks=${certificate}` };
  const shown = { SUBGRAPH_CERT: `desks=${certificate}`, SUBGRAPH_KEY: `desks=${key}` };

  await using live = await started({ ...trust, ...shown });
  using ada = socketClient(live.wsUrl, 'ada');
  const stories = follow(ada, 'subscription { storyPublished(desk: "city") { headline } }');
  await until(() => room.counts.live === 1);
  room.publish('city');
  const [{ data }] = (await take(stories, 1)) as [ExecutionResult];
  expect(data).toEqual({ storyPublished: { headline: expect.any(String) } });

  const ask = async (url: string) => {
    const headers = { 'content-type': 'application/json', ...bearer('ada') };
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: '{"query":"{ stories(desk: \\"city\\") { id } }"}',
    });
    return (await response.json()) as Answer['body'];
  };
  expect((await ask(live.url)).data).toEqual({ stories: [{ id: '1' }] });
  for (const certificates of [trust, shown]) {
    await using other = await started(certificates);
    expect((await ask(other.url)).errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
  }
  secure.close();
});

test('health: alive, ready, and every part by its name', async () => {
  await using shop = await startShopGateway({ REDIS_URL: testRedisUrl(), REDIS_PREFIX: testRedisPrefix() });
  expect(await (await shop.get('/health')).json()).toEqual({ status: 'ok' });
  expect((await shop.get('/health/ready')).status).toBe(200);
  const detailed = async () => {
    const response = await shop.get('/health/detailed');
    const body = (await response.json()) as { components: { name: string; status: string }[] };
    return [response.status, Object.fromEntries(body.components.map(({ name, status }) => [name, status]))];
  };
  const all = { redis: 'ok', catalog: 'ok', reviews: 'ok', people: 'ok', shipping: 'ok' };
  expect(await detailed()).toEqual([200, all]);
  shop.services.get('people')!.failure = new Error('away');
  expect(await detailed()).toEqual([503, { ...all, people: 'unavailable' }]);
});

test('metrics tell rate, time and errors by operation and subgraph, and how often plans are found', async () => {
  await using shop = await startShopGateway();
  await shop.ask({ query: 'query Mine { me { name } refused }' });
  await shop.ask({ query: 'query Mine { me { name } refused } # again' });
  const metrics = await (await shop.get('/metrics')).text();
  expect(metrics).toContain('gateway_operation_seconds_count{operation="Mine",kind="query"} 2');
  expect(metrics).toContain('gateway_operation_errors_total{operation="Mine",code="FORBIDDEN"} 2');
  expect(metrics).toContain('gateway_subgraph_seconds_count{subgraph="people"} 2');
  expect(metrics).toContain('gateway_subgraph_errors_total{subgraph="catalog",outcome="answered"} 2');
  expect(metrics).toContain('gateway_query_plans_total{cached="true"} 1');
});

test('what is not run is counted by its reason, and logged as what is run is with its cost: a line for each', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const env = { SECRET_KEY: TEST_SECRET, RATE_LIMIT_PER_MINUTE: '6', MAX_DEPTH: '2' };
  await using shop = await startShopGateway(env, { log });
  lines.length = 0;
  await shop.ask({ query: 'query Mine { me { name } refused }' });
  await shop.ask({ query: 'query Mine { me { name } refused }' });
  for (const query of ['{ nothing }', '{', '{ me { friend { name } } }', '{ nothing }', '{ me { id } }']) {
    await shop.ask({ query });
  }
  await shop.ask({ query: '{ me { id } }' }, { authorization: 'Bearer forged' });
  const run = {
    msg: 'operation',
    operation: 'Mine',
    kind: 'query',
    cost: 1,
    codes: ['FORBIDDEN'],
    ms: expect.any(Number),
  };
  const refused = (code: string) => ({ msg: 'operation refused', codes: [code] });
  const [validation, parsing, depth] = ['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED', 'LIMIT_EXCEEDED'];
  expect(lines).toMatchObject([run, run, ...[validation, parsing, depth, validation].map((code) => refused(code))]);
  const metrics = await (await shop.get('/metrics')).text();
  for (const [code, times] of [
    [validation, 2],
    [parsing, 1],
    [depth, 1],
    ['RATE_LIMITED', 1],
    ['UNAUTHENTICATED', 1],
  ]) {
    expect(metrics).toContain(`gateway_operations_refused_total{code="${code}"} ${times}`);
  }
});

describe('Apollo Studio', () => {
  /** Operation, client, and how often it came and had errors, of what a gateway reports while `work` is done with it. */
  async function reported(work: (shop: ShopGateway) => Promise<void>) {
    const sent: { headers: IncomingMessage['headers']; report: Report }[] = [];
    const studio = createServer((request, response) => {
      void buffer(request).then((body) => {
        sent.push({ headers: request.headers, report: Report.decode(gunzipSync(body)) });
        response.writeHead(request.url === '/api/ingress/traces' ? 200 : 404).end();
      });
    });
    await once(studio.listen(0, '127.0.0.1'), 'listening');
    const { port } = studio.address() as AddressInfo;
    try {
      await using shop = await startShopGateway({
        APOLLO_KEY: 'service:shop:key',
        APOLLO_GRAPH_REF: 'shop@test',
        APOLLO_USAGE_REPORTING_ENDPOINT: `http://127.0.0.1:${port}`,
        LIVE_DRAIN_MS: '0',
      });
      await work(shop);
    } finally {
      // What has not been reported yet is, before the gateway has closed.
      await new Promise((resolve) => studio.close(resolve));
    }
    expect(sent).toHaveLength(1);
    const [{ headers, report }] = sent as [(typeof sent)[number]];
    expect(headers['x-api-key']).toBe('service:shop:key');
    const { header, operationCount, tracesPerQuery } = JSON.parse(JSON.stringify(report)) as ReportJson;
    expect(header.graphRef).toBe('shop@test');
    const counts = Object.entries(tracesPerQuery).map(([operation, { statsWithContext }]) => {
      const [{ context, queryLatencyStats }] = statsWithContext;
      return [operation, context.clientName, queryLatencyStats.requestCount, queryLatencyStats.requestsWithErrorsCount];
    });
    return { operationCount, counts, tracesPerQuery };
  }

  test('hears of every operation, however often it came before, with its errors and its client', async () => {
    const { operationCount, counts, tracesPerQuery } = await reported(async (shop) => {
      const mine = { query: 'query Mine { me { name } }' };
      const headers = { 'apollographql-client-name': 'telephone' };
      for (let time = 0; time < 3; time++) expect((await shop.ask(mine, headers)).status).toBe(200);
      await shop.ask([mine, { query: 'query Refused { refused }' }], headers);
      await shop.ask({ query: 'query Wrong { nothing { here } }' }, headers);
    });
    expect(operationCount).toBe('6');
    expect(counts).toEqual([
      ['# Mine\nquery Mine{me{name}}', 'telephone', '4', '0'],
      ['# Refused\nquery Refused{refused}', 'telephone', '1', '1'],
    ]);
    expect(Object.values(tracesPerQuery)[0]!.referencedFieldsByType).toMatchObject({
      Author: { fieldNames: ['name'] },
    });
  });

  test('hears of operations on every other transport once, and of a subscription when it starts', async () => {
    const subscription = 'subscription Changes { productChanged { id } }';
    const { operationCount, counts } = await reported(async (shop) => {
      const socket = createClient({ url: shop.url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
      const extensions = { clientInfo: { clientName: 'telephone' } };
      const onSocket = async (query: string) => {
        for await (const result of socket.iterate({ query, extensions })) return result;
        return undefined;
      };
      const changes = socket.iterate({ query: subscription, extensions });
      expect(await onSocket('query Mine { me { name } }')).toEqual({ data: { me: { name: 'Author a1' } } });
      await changes.return!();
      expect(await onSocket('query Refused { refused }')).toMatchObject({ errors: [{}] });
      expect(await onSocket('mutation Count { count }')).toEqual({ data: { count: 5 } });
      await expect(onSocket('query Wrong { nothing { here } }')).rejects.toMatchObject([{}]);
      await socket.dispose();
      const asked = (path: string, accept: string, query: string) =>
        shop.get(path, {
          method: 'POST',
          headers: { accept, 'content-type': 'application/json' },
          body: JSON.stringify({ query, extensions }),
        });
      const queried = await asked('/graphql/stream', 'text/event-stream', 'query Mine { me { name } }');
      expect(await queried.text()).toContain('Author a1');
      for (const [path, accept] of [
        ['/graphql/stream', 'text/event-stream'],
        ['/graphql', 'text/event-stream'],
        ['/graphql', 'multipart/mixed;subscriptionSpec=1.0'],
      ] as const) {
        await (await asked(path, accept, subscription)).body!.cancel();
      }
    });
    expect(operationCount).toBe('9');
    expect(counts.sort()).toEqual([
      ['# Changes\nsubscription Changes{productChanged{id}}', 'telephone', '4', '0'],
      ['# Count\nmutation Count{count}', 'telephone', '1', '0'],
      ['# Mine\nquery Mine{me{name}}', 'telephone', '2', '0'],
      ['# Refused\nquery Refused{refused}', 'telephone', '1', '1'],
    ]);
  });
});

test('spans continue the trace of the client, reach the collector and go on to the subgraph', async () => {
  interface Span {
    name: string;
    traceId: string;
    spanId: string;
    parentSpanId?: string;
  }
  const collector = createServer((request, response) => {
    void json(request).then((body) => {
      response.end('{}');
      collector.emit('spans', body);
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  const exported = once(collector, 'spans') as Promise<[{ resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }]>;
  const shop = await startShopGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  const [traceId, parentId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  await shop.ask({ query: 'query Mine { me { name } }' }, { traceparent: `00-${traceId}-${parentId}-01` });
  const { headers } = shop.services.get('people')!.requests.at(-1)!;
  await shop[Symbol.asyncDispose]();
  const [{ resourceSpans }] = await exported;
  const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  const operation = spans.find(({ name }) => name === 'query Mine')!;
  const fetched = spans.find(({ name }) => name === 'fetch people')!;
  expect(operation).toMatchObject({ traceId, parentSpanId: parentId });
  expect(fetched).toMatchObject({ traceId, parentSpanId: operation.spanId });
  expect(headers.traceparent).toBe(`00-${traceId}-${fetched.spanId}-01`);
  await new Promise((resolve) => collector.close(resolve));
});

test('what is not GraphQL goes to the subgraph that serves its path, without headers that only the gateway may set', async () => {
  const received: { request: IncomingMessage; body: string }[] = [];
  const subgraph = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ request, body });
      response.writeHead(202, { 'x-from': 'subgraph' }).end('taken');
    });
  });
  await new Promise<void>((resolve) => subgraph.listen(0, '127.0.0.1', resolve));
  const { port } = subgraph.address() as AddressInfo;
  await using shop = await startShopGateway({ REST_ROUTES: `/api/v1/hooks=http://127.0.0.1:${port}` });
  const response = await shop.get('/api/v1/hooks/42?x=1', {
    method: 'POST',
    body: 'hello',
    headers: { 'x-viewer': 'forged', 'x-client-address': '1.2.3.4', authorization: 'Bearer kept' },
  });
  expect([response.status, response.headers.get('x-from'), await response.text()]).toEqual([202, 'subgraph', 'taken']);
  const [{ request, body }] = received as [(typeof received)[number]];
  expect([request.method, request.url, body]).toEqual(['POST', '/api/v1/hooks/42?x=1', 'hello']);
  expect(request.headers['x-viewer']).toBeUndefined();
  expect(request.headers['x-client-address']).toBe('127.0.0.1');
  expect(request.headers.authorization).toBe('Bearer kept');
  expect((await shop.get('/api/v1/hooksandmore')).status).toBe(404);
  for (const path of ['/api/v1/hooks/%2e%2e/admin', '/api/v1/hooks/..%2f', '/api/v1/hooks/.%2E']) {
    expect((await shop.get(path)).status).toBe(404);
  }
  expect(received).toHaveLength(1);
  subgraph.closeAllConnections();
  await new Promise((resolve) => subgraph.close(resolve));
  expect((await shop.get('/api/v1/hooks/42')).status).toBe(503);
});
