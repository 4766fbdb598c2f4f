/** Caches of persisted queries and responses: lifetime, size and visibility. */
import { eventually } from '@chat/kit/testing/eventually';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { ViewerHeader } from '@chat/kit/auth/viewer-header';
import { ApiError } from '@chat/kit/errors';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import type { GatewayDeps } from '../../create-gateway';
import { StaticSupergraphSource } from '../../supergraph/source';
import { composeLocally } from '../../testing/local-subgraphs';
import { redisIsThere, startShopGateway, TEST_SECRET, tokenOf } from '../../testing/shop-gateway';
import { RedisQueryStore } from './query-stores';

test('the store of persisted queries evicts the oldest and skips huge texts', async () => {
  const redis = new Redis(testRedisUrl());
  const store = new RedisQueryStore(redis, testRedisPrefix(), pino({ level: 'silent' }), 2);
  await once(redis, 'ready');
  for (const name of ['first', 'second', 'third']) await store.set(`apq:${name}`, `{ ${name} }`, { ttl: 60 });
  await store.set('apq:monster', `{ a } # ${'x'.repeat(40_000)}`, { ttl: 60 });
  const kept = await Promise.all(['first', 'second', 'third', 'monster'].map((name) => store.get(`apq:${name}`)));
  expect(kept).toEqual([undefined, '{ second }', '{ third }', undefined]);
  await redis.quit();
});

test('equal queries in flight are executed once per caller', async () => {
  await using shop = await startShopGateway({ SECRET_KEY: TEST_SECRET });
  const people = shop.services.get('people')!;
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: allThere, resolve: arrived } = Promise.withResolvers<void>();
  const viewers: (string | undefined)[] = [];
  const execute = jest.spyOn(people, 'execute').mockImplementation(async (_request, { headers }) => {
    const viewer = new ViewerHeader(TEST_SECRET).verify(headers['x-viewer'])?.id;
    if (viewers.push(viewer) === 3) arrived();
    await released;
    return { data: { me: { name: `for ${viewer}` } } };
  });
  const tokens = [tokenOf('u1'), tokenOf('u2'), undefined];
  const ask = async (token: string | undefined) => {
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    return (await shop.ask({ query: '{ me { name } }' }, headers)).body.data;
  };
  const first = tokens.map(ask);
  await allThere;
  const second = tokens.map(ask);
  const reused = async () => (await shop.get('/metrics')).text();
  await eventually(
    async () => expect(await reused()).toContain('gateway_answers_reused_total{from="in-flight"} 3'),
    'three requests for one query in flight',
  );
  release();
  const names = ['for u1', 'for u2', 'for undefined'].map((name) => ({ me: { name } }));
  expect(await Promise.all(first)).toEqual(names);
  expect(await Promise.all(second)).toEqual(names);
  expect(viewers.sort()).toEqual(['u1', 'u2', undefined]);
  execute.mockRestore();
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
  ])('%s caches responses as the schema allows', async (_where, env) => {
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

  test('a cached response has only the rest of its lifetime', async () => {
    await using shop = await start({});
    const control = async () => (await shop.ask({ query: '{ headline }' })).headers.get('cache-control');
    expect(await control()).toBe('max-age=60, public');
    const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 20_000);
    expect(await control()).toBe('max-age=40, public');
    later.mockRestore();
    expect(service.requests).toHaveLength(1);
  });

  test('a private response is not served to an API key of the same account with fewer rights', async () => {
    const introspectToken = async (scope: string) => {
      return { id: 'u1', sessionId: 'key', roles: ['USER'], permissions: [], scope: [scope], expiresAt: 4e9 };
    };
    await using shop = await start({ SECRET_KEY: TEST_SECRET }, { introspectToken });
    for (const token of ['READ', 'WRITE', 'WRITE']) {
      await shop.ask({ query: '{ inbox }' }, { authorization: `Bearer ${token}` });
    }
    expect(service.requests).toHaveLength(2);
  });

  test('errors and aborted responses are not cached', async () => {
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
            setImmediate(resolve); // by then the aborted response is complete and has been cached or not
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
