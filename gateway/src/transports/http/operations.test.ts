/** Operations over HTTP: tokens, shared rate limits, safelists, reloads and forwarded routes. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createServer as createSecureServer } from 'node:tls';
import type { ExecutionResult } from 'graphql';
import { createClient } from 'graphql-ws';
import { pino } from 'pino';
import WebSocket from 'ws';
import { freePort } from '@chat/kit/process/free-port';
import { ViewerHeader } from '@chat/kit/auth/viewer-header';
import { serveSubgraph } from '@chat/kit/graphql/subgraph-server';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { bearer, follow, socketClient, startLiveGateway, take, until } from '../../testing/live-gateway';
import { composeLocally } from '../../testing/local-subgraphs';
import { desksService, Newsroom } from '../../testing/newsroom';
import { SHOP } from '../../testing/shop';
import { redisIsThere, startShopGateway, TEST_SECRET, tokenOf, type Answer } from '../../testing/shop-gateway';

describe('tokens', () => {
  test('the subgraph gets the signed viewer; an invalid token refuses the whole request', async () => {
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
  test('is shared by all gateways of one Redis, per viewer and per address', async () => {
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

test('while Redis is unavailable, operations are answered and counted in memory, and no query is registered', async () => {
  const env = { REDIS_URL: 'redis://127.0.0.1:1', RATE_LIMIT_PER_MINUTE: '2' };
  await using shop = await startShopGateway(env);
  const query = '{ me { name } }';
  const persistedQuery = { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') };
  expect((await shop.ask({ query, extensions: { persistedQuery } })).status).toBe(200);
  const byHash = await shop.ask({ extensions: { persistedQuery } });
  expect(byHash.body.errors![0]!.extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
  expect((await shop.ask({ query })).status).toBe(429);
});

describe('the safelist', () => {
  test('allows listed operations by text and by hash, and no others', async () => {
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

test('a new supergraph is served without a restart, and concurrent operations are answered', async () => {
  await using shop = await startShopGateway();
  const query = '{ me { id motto } }';
  expect((await shop.ask({ query })).body.errors![0]!.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  const typeDefs = SHOP.people!.typeDefs.replace('email: String', 'email: String motto: String');
  shop.source.replace(composeLocally({ ...SHOP, people: { ...SHOP.people!, typeDefs } }).sdl);
  expect((await shop.ask({ query: '{ me { name } }' })).body).toEqual({ data: { me: { name: 'Author a1' } } });
  // The subgraph does not have the field yet.
  expect((await shop.ask({ query })).body).toMatchObject({
    data: { me: { id: 'a1', motto: null } },
    errors: [{ path: ['me', 'motto'], message: 'No subgraph gave field Author.motto.' }],
  });
  expect(shop.services.get('people')!.requests.at(-1)!.query).toContain('motto');
});

test('a subgraph is called by the URL and with the certificates in the settings', async () => {
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

  const expired = join(__dirname, '../../testing/tls/expired.pem');
  secure.setSecureContext({ ...tls, cert: await readFile(expired) });
  await using late = await started({ SUBGRAPH_CA: `desks=${expired}`, ...shown });
  expect((await ask(late.url)).errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
  // The alert ChatSubgraphUnreachable counts these.
  const metrics = await (await fetch(new URL('/metrics', late.url))).text();
  expect(metrics).toMatch(/^gateway_subgraph_errors_total\{[^}]*outcome="away"[^}]*\} [1-9]/m);
  secure.close();
});

test('a REST route with several instances passes over one that is away, with bodies', async () => {
  const received: string[] = [];
  const subgraph = createServer((request, response) => {
    void text(request).then((body) => response.end(String(received.push(body))));
  });
  await new Promise<void>((resolve) => subgraph.listen(0, '127.0.0.1', resolve));
  const { port } = subgraph.address() as AddressInfo;
  const routes = [await freePort(), port].map((at) => `/api/v1/hooks=http://127.0.0.1:${at}`);
  for (const REST_ROUTES of [routes.join(), routes.toReversed().join()]) {
    await using shop = await startShopGateway({ REST_ROUTES });
    received.length = 0;
    const send = (body: string) => shop.get('/api/v1/hooks/42', { method: 'POST', body });
    const answers = [await send('one'), await send('two'), await shop.get('/api/v1/hooks/42'), await send('three')];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(received).toEqual(['one', 'two', '', 'three']);
  }
  subgraph.closeAllConnections();
  await new Promise((resolve) => subgraph.close(resolve));
});

test('a REST route is forwarded to its subgraph, without internal headers from the client', async () => {
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
