/** Every refusal has the media type that the client negotiated, and its status (GraphQL over HTTP, 6.4). */
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { IdentityDownError } from '@chat/identity-client/sessions/introspection';
import { startLiveGateway } from '../testing/live-gateway';
import { startShopGateway, TEST_SECRET, type ShopGateway } from '../testing/shop-gateway';

const JSON_TYPE = 'application/json; charset=utf-8';
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8';

const ACCEPTS: [accept: string, type: string][] = [
  ['application/graphql-response+json', GRAPHQL_TYPE],
  ['application/graphql-response+json,application/json;q=0.9', GRAPHQL_TYPE],
  [
    'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9',
    GRAPHQL_TYPE,
  ],
  ['application/json, application/graphql-response+json;q=0.5', JSON_TYPE],
  ['application/json', JSON_TYPE],
  ['*/*', JSON_TYPE],
];

const QUERY = { query: '{ me { id } }' };

interface Refused {
  init: RequestInit;
  path?: string;
  status: number;
  code: string;
  env?: Record<string, string>;
  /** Sent before the refused request. */
  before?: (shop: ShopGateway) => Promise<unknown>;
}

const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const TOKEN = { authorization: 'Bearer forged' };

const REFUSALS: Record<string, Refused> = {
  'a token that is not valid': { init: post(QUERY, TOKEN), status: 401, code: 'UNAUTHENTICATED' },
  'another scheme': { init: post(QUERY, { authorization: 'Basic YTpi' }), status: 401, code: 'UNAUTHENTICATED' },
  'a token while identity is down': {
    init: post(QUERY, { authorization: 'Bearer opaque' }),
    status: 503,
    code: 'SERVICE_UNAVAILABLE',
  },
  'an exceeded rate limit': {
    init: post(QUERY),
    status: 429,
    code: 'RATE_LIMITED',
    env: { RATE_LIMIT_PER_MINUTE: '1' },
    before: (shop) => shop.ask(QUERY),
  },
  'a long body': { init: post({ query: `#${'x'.repeat(2_000)}` }), status: 413, code: 'LIMIT_EXCEEDED' },
  'a body that is not JSON': { init: post('{'), status: 400, code: 'BAD_REQUEST' },
  'an empty body': { init: post(''), status: 400, code: 'BAD_REQUEST' },
  'a body without a query': { init: post({ operationName: 'A' }), status: 400, code: 'BAD_REQUEST' },
  'a compressed body': { init: post(QUERY, { 'content-encoding': 'gzip' }), status: 415, code: 'BAD_REQUEST' },
  'a long batch': { init: post(Array(11).fill(QUERY)), status: 400, code: 'LIMIT_EXCEEDED' },
  'an unknown hash': {
    init: post({ extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } }),
    status: 200,
    code: 'PERSISTED_QUERY_NOT_FOUND',
  },
  'a mutation by GET': {
    init: { headers: { 'apollo-require-preflight': 'true' } },
    path: `/graphql?query=${encodeURIComponent('mutation { rename(id: "p1", name: "x") { id } }')}`,
    status: 405,
    code: 'BAD_REQUEST',
  },
  'a form from another site': {
    init: { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } },
    path: `/graphql?query=${encodeURIComponent(QUERY.query)}`,
    status: 400,
    code: 'BAD_REQUEST',
  },
  'another method': { init: { ...post(QUERY), method: 'PATCH' }, status: 405, code: 'BAD_REQUEST' },
  'a token on the stream path': {
    init: { method: 'PUT', headers: TOKEN },
    path: '/graphql/stream',
    status: 401,
    code: 'UNAUTHENTICATED',
  },
  'a method of the stream path': {
    init: { method: 'PATCH' },
    path: '/graphql/stream',
    status: 405,
    code: 'BAD_REQUEST',
  },
  'a stream path without a stream': { init: post(QUERY), path: '/graphql/stream', status: 406, code: 'BAD_REQUEST' },
  'an unknown stream': {
    init: post(QUERY, { 'x-graphql-event-stream-token': 'unknown' }),
    status: 404,
    code: 'NOT_FOUND',
  },
};

/** Opaque tokens cannot be verified; tokens in the form of a JWT can. */
const introspectToken = async (token: string) => {
  if (token === 'opaque') throw new IdentityDownError('down');
  return null;
};

const start = (env: Record<string, string> = {}) =>
  startShopGateway({ SECRET_KEY: TEST_SECRET, MAX_BODY_BYTES: '1024', ...env }, { introspectToken });

describe.each(Object.entries(REFUSALS))('%s', (_what, { init, path = '/graphql', status, code, env, before }) => {
  test('is refused in the negotiated media type', async () => {
    await using shop = await start(env);
    await before?.(shop);
    for (const [accept, type] of ACCEPTS) {
      const response = await shop.get(path, { ...init, headers: { ...(init.headers as object), accept } });
      const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
      const found = [accept, response.headers.get('content-type'), response.status, errors[0]!.extensions.code];
      expect(found).toEqual([accept, type, status, code]);
    }
  });
});

test('an event stream that is refused has the type of errors that the client accepts', async () => {
  await using live = await startLiveGateway({ LIVE_CONNECTIONS_PER_ADDRESS: '1' });
  const gone = new AbortController();
  const subscription = { query: 'subscription { storyPublished(desk: "open") { id } }' };
  const open = (accept: string) => fetch(live.url, { ...post(subscription, { accept }), signal: gone.signal });
  const first = await open('text/event-stream');
  expect([first.status, first.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  for (const [accept, type] of [
    ['text/event-stream', JSON_TYPE],
    ['text/event-stream, application/graphql-response+json', GRAPHQL_TYPE],
    ['multipart/mixed;subscriptionSpec=1.0,application/graphql-response+json', GRAPHQL_TYPE],
  ] as const) {
    const refused = await open(accept);
    expect([accept, refused.status, refused.headers.get('content-type')]).toEqual([accept, 429, type]);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
  }
  gone.abort();
});

test('a REST response stays JSON', async () => {
  await using shop = await start({ REST_ROUTES: '/api/v1/hooks=http://127.0.0.1:9' });
  const response = await shop.get('/api/v1/hooks/1', { headers: { accept: 'application/graphql-response+json' } });
  expect([response.status, response.headers.get('content-type')]).toEqual([503, JSON_TYPE]);
});

describe('Apollo Client 4', () => {
  const errorFor = async (shop: ShopGateway, headers: Record<string, string> = {}) => {
    const client = new ApolloClient({ link: new HttpLink({ uri: shop.url, headers }), cache: new InMemoryCache() });
    const query = gql`
      {
        me {
          id
        }
      }
    `;
    const { error } = await client.query({ query, errorPolicy: 'all', fetchPolicy: 'no-cache' });
    client.stop();
    if (!error) return undefined;
    if (!CombinedGraphQLErrors.is(error)) throw error;
    return error.errors.map(({ extensions }) => extensions);
  };

  test('gets UNAUTHENTICATED for a token that is not valid', async () => {
    await using shop = await start();
    expect(await errorFor(shop, TOKEN)).toEqual([{ code: 'UNAUTHENTICATED' }]);
  });

  test('gets retryAfterMs with RATE_LIMITED', async () => {
    await using shop = await start({ RATE_LIMIT_PER_MINUTE: '1' });
    expect(await errorFor(shop)).toBeUndefined();
    expect(await errorFor(shop)).toEqual([
      expect.objectContaining({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) as number, limit: 1 }),
    ]);
  });
});
