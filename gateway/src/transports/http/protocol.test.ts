/** GraphQL over HTTP, CSRF prevention, CORS and security headers. */
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { json, text } from 'node:stream/consumers';
import { serverAudits } from 'graphql-http';
import { pino } from 'pino';
import { startShopGateway, type ShopGateway } from '../../testing/shop-gateway';
import { GatewayServer, type Route } from './gateway-server';

let shop: ShopGateway;
beforeAll(async () => {
  shop = await startShopGateway({ CORS_ORIGINS: 'https://chat.example,https://studio.apollographql.com' });
});
afterAll(() => shop[Symbol.asyncDispose]());

describe('the audits of graphql-http', () => {
  // The audits need the URL before the server starts.
  const audits = serverAudits({ url: 'http://gateway.test/graphql', fetchFn: fetchFromShop });
  async function fetchFromShop(url: string, init: RequestInit): Promise<Response> {
    return fetch(String(url).replace('http://gateway.test/graphql', shop.url), init);
  }

  test('there are 61', () => expect(audits).toHaveLength(61));

  test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s %s', async (_id, _name, audit) => {
    expect(await audit.fn()).toMatchObject({ status: 'ok' });
  });
});

describe('cross-site request forgery', () => {
  const query = `?query=${encodeURIComponent('{ me { name } }')}`;

  test('a GET that another site can send is refused', async () => {
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { cookie: 'a=b' },
      { referer: 'https://evil.example/' },
    ]) {
      const response = await shop.get(`/graphql${query}`, { headers: headers as unknown as Record<string, string> });
      expect(response.status).toBe(400);
      expect(await response.text()).toContain('CSRF');
    }
  });

  test('the same GET from a program, the own origin or after a preflight is answered', async () => {
    for (const headers of [
      {},
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'cross-site', 'apollo-require-preflight': '1' },
    ]) {
      const response = await shop.get(`/graphql${query}`, { headers: headers as unknown as Record<string, string> });
      expect(await response.json()).toEqual({ data: { me: { name: 'Author a1' } } });
    }
  });

  test('a form cannot post', async () => {
    const headers = { 'content-type': 'text/plain', 'sec-fetch-site': 'cross-site' };
    const response = await shop.get('/graphql', { method: 'POST', headers, body: '{"query":"{ me { name } }"}' });
    expect(response.status).toBe(400);
  });

  test('GET runs no mutation', async () => {
    const response = await shop.get(`/graphql?query=${encodeURIComponent('mutation { count }')}`);
    expect(response.status).toBe(405);
  });
});

describe('origins', () => {
  const preflight = (origin: string) =>
    shop.get('/graphql', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });

  test('listed origins are allowed, with the headers that they request', async () => {
    const { headers, status } = await preflight('https://studio.apollographql.com');
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('https://studio.apollographql.com');
    expect(headers.get('access-control-allow-headers')).toBe('authorization,content-type');
  });

  test('other origins are refused, and credentials of the browser are never allowed', async () => {
    for (const origin of ['https://evil.example', 'null', 'https://chat.example.evil.example', 'http://chat.example']) {
      const { headers } = await preflight(origin);
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('access-control-allow-headers')).toBeNull();
    }
    expect((await preflight('https://chat.example')).headers.get('access-control-allow-credentials')).toBeNull();
  });
});

test('every response has security headers', async () => {
  const { headers } = await shop.ask({ query: '{ __typename }' });
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-powered-by')).toBeNull();
});

test('a client’s correlation id is propagated and returned; an invalid one is replaced', async () => {
  const given = await shop.ask({ query: '{ me { name } }' }, { 'x-correlation-id': 'from-the-client' });
  expect(given.headers.get('x-correlation-id')).toBe('from-the-client');
  expect(shop.services.get('people')!.requests.at(-1)!.headers['x-correlation-id']).toBe('from-the-client');
  const strange = await shop.ask({ query: '{ __typename }' }, { 'x-correlation-id': 'a b' });
  expect(strange.headers.get('x-correlation-id')).toMatch(/^[\da-f-]{36}$/);
});

test('internal headers from clients are dropped', async () => {
  await shop.ask({ query: '{ me { id name } }' }, { 'x-viewer': 'forged', 'x-client-address': '1.2.3.4' });
  const { headers } = shop.services.get('people')!.requests.at(-1)!;
  expect(headers['x-viewer']).toBeUndefined();
  expect(headers['x-client-address']).toBe('127.0.0.1');
});

test('automatic persisted queries are registered and found, and a wrong hash is refused', async () => {
  const query = '{ me { id email } }';
  const persistedQuery = { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') };
  const answer = { data: { me: { id: 'a1', email: 'a1@example.test' } } };
  const unknown = await shop.ask({ extensions: { persistedQuery } });
  expect(unknown.body.errors![0]!.extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
  const wrong = await shop.ask({ query: '{ me { id } }', extensions: { persistedQuery } });
  expect([wrong.status, wrong.body.errors![0]!.extensions.code]).toEqual([400, 'BAD_REQUEST']);
  const future = await shop.ask({ query, extensions: { persistedQuery: { ...persistedQuery, version: 2 } } });
  expect([future.status, future.body.errors![0]!.extensions.code]).toEqual([400, 'BAD_REQUEST']);
  expect((await shop.ask({ query, extensions: { persistedQuery } })).body).toEqual(answer);
  expect((await shop.ask({ extensions: { persistedQuery } })).body).toEqual(answer);
});

test('the response to a batch is a list', async () => {
  const { body } = await shop.ask([{ query: '{ me { id } }' }, { query: '{ nope }' }]);
  expect(body).toEqual([{ data: { me: { id: 'a1' } } }, { errors: [expect.anything()] }]);
});

test('a subscription is refused within a batch, whose other operations run, and without an acceptable stream', async () => {
  const subscription = { query: 'subscription { productChanged { id } }' };
  const { body } = await shop.ask([{ query: '{ me { id } }' }, subscription]);
  expect(body).toEqual([
    { data: { me: { id: 'a1' } } },
    { errors: [expect.objectContaining({ extensions: { code: 'BAD_REQUEST' } })] },
  ]);
  const alone = await shop.ask(subscription);
  expect([alone.status, alone.body.errors![0]!.extensions.code]).toEqual([406, 'BAD_REQUEST']);
});

test.each(['text/html', 'gibberish', 'image/*', 'application/json;q=0'])(
  'nothing runs if the client accepts only %s',
  async (accept) => {
    const catalog = shop.services.get('catalog')!;
    const asked = catalog.requests.length;
    for (const query of ['mutation { count }', '{ products { name } }']) {
      const refused = await shop.ask({ query }, { accept });
      expect([refused.status, refused.body.errors![0]!.extensions.code]).toEqual([406, 'BAD_REQUEST']);
      expect(refused.headers.get('content-type')).toMatch(/^application\/json/);
    }
    expect(catalog.requests).toHaveLength(asked);
  },
);

test.each([
  'text/html, */*;q=0.1',
  'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'application/*',
  'application/json, text/plain, */*',
  'application/graphql-response+json; charset=utf-8, application/json; charset=utf-8',
])('a client that accepts %s is answered', async (accept) => {
  expect((await shop.ask({ query: '{ me { name } }' }, { accept })).body).toEqual({
    data: { me: { name: 'Author a1' } },
  });
});

test.each<[string, Record<string, string>, Buffer]>([
  ['gzip', { 'content-encoding': 'gzip' }, gzipSync('{"query":"{ me { name } }"}')],
  ['br', { 'content-encoding': 'br' }, brotliCompressSync('{"query":"{ me { name } }"}')],
  ['two codings', { 'content-encoding': 'identity, gzip' }, gzipSync('{"query":"{ me { name } }"}')],
  ['another charset', { 'content-type': 'application/json; charset=iso-8859-1' }, Buffer.from('{}')],
])('a body in %s is 415, on both paths', async (_, headers, body) => {
  for (const path of ['/graphql', '/graphql/stream']) {
    const accept = path === '/graphql' ? 'application/json' : 'text/event-stream';
    const response = await shop.get(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, ...headers },
      body: new Uint8Array(body),
    });
    expect([response.status, response.headers.get('accept-encoding')]).toEqual([415, 'identity']);
  }
});

test('an identity-encoded body is accepted and a long one refused, on both paths', async () => {
  const identity = { 'content-encoding': 'Identity' };
  expect((await shop.ask({ query: '{ me { name } }' }, identity)).status).toBe(200);
  for (const path of ['/graphql', '/graphql/stream']) {
    const response = await shop.get(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'x'.repeat(2_000_000) }),
    });
    expect(response.status).toBe(413);
  }
});

test('a mutation whose client has left is carried through; a query is given up', async () => {
  const catalog = shop.services.get('catalog')!;
  const left = async (query: string) => {
    const abort = new AbortController();
    const signal = await new Promise<AbortSignal | undefined>((resolve) => {
      jest.spyOn(catalog, 'execute').mockImplementationOnce((_request, options) => {
        resolve(options.signal);
        return new Promise(() => undefined);
      });
      void shop
        .get('/graphql', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query }),
          signal: abort.signal,
        })
        .catch(() => undefined);
    });
    const gone = signal && new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    abort.abort();
    await gone;
    return signal?.aborted;
  };
  expect(await left('{ products { name } }')).toBe(true);
  expect(await left('mutation { count }')).toBeUndefined();
});

test.each(['/', '/graphql'])(
  'a browser gets GraphiQL at %s, under a policy that allows no other source',
  async (path) => {
    const page = await shop.get(path, { headers: { accept: 'text/html,application/xhtml+xml' } });
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
    expect(assets).toHaveLength(7);
    assets.push('/graphql/assets/tabs.json', '/favicon.ico');
    for (const asset of assets) {
      const response = await shop.get(asset);
      expect([response.status, (await response.text()).length > 0]).toEqual([200, true]);
    }
    for (const other of ['graphiql.html', '../../package.json', '%2e%2e/package.json', 'toString'])
      expect((await shop.get(`/graphql/assets/${other}`)).status).toBe(404);
    expect((await shop.get('/', { headers: { accept: 'application/json' } })).status).toBe(404);
  },
);

test('a client that offers an upgrade to HTTP/2 is answered', async () => {
  const headers = { connection: 'Upgrade', upgrade: 'h2c', 'content-type': 'application/json' };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(shop.url, { method: 'POST', headers }, resolve).on('upgrade', reject).on('error', reject);
    sent.end('{"query":"{ me { name } }"}');
  });
  expect(await json(response)).toEqual({ data: { me: { name: 'Author a1' } } });
});

test.each([
  [
    'a length and chunks',
    'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['two lengths', 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
  ['a space before the colon', 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello'],
  ['an endless head', `GET /graphql HTTP/1.1\r\nHost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`],
])('a request with %s is refused, and its connection closed', async (_what, bytes) => {
  const socket = connect(Number(new URL(shop.url).port), '127.0.0.1');
  socket.end(bytes);
  expect(await text(socket)).toMatch(/^HTTP\/1.1 4(00|31) /);
});

test('a client that does not read its response is disconnected', async () => {
  const answered = Promise.withResolvers<ServerResponse>();
  const answer: Route = (_request, response) => {
    answered.resolve(response.end(Buffer.alloc(50_000_000)));
    return true;
  };
  const context = { routes: [answer], upgrade: () => false, log: pino({ level: 'silent' }) };
  await using server = await GatewayServer.listen({ host: '127.0.0.1', port: 0, idleMs: 50 }, context);
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.pause().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const response = await answered.promise;
  if (!response.closed) await once(response, 'close');
  expect(response.writableFinished).toBe(false);
  socket.destroy();
});

test('an unknown path is 404', async () => {
  expect((await shop.get('/nothing')).status).toBe(404);
  expect((await shop.get('/api/v1/nothing')).status).toBe(404);
});
