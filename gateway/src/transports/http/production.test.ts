/** With NODE_ENV=production, the probes of graphql-cop fail, and requests of real clients are answered. */
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { cacheExchange, Client as UrqlClient, fetchExchange } from '@urql/core';
import { GraphQLClient } from 'graphql-request';
import { startShopGateway, type ShopGateway } from '../../testing/shop-gateway';

let shop: ShopGateway;
beforeAll(async () => {
  shop = await startShopGateway({ NODE_ENV: 'production' });
});
afterAll(() => shop[Symbol.asyncDispose]());

const QUERY = 'query cop { __typename }';
const byGet = (headers: Record<string, string>, query = QUERY) =>
  shop.get(`/graphql?${new URLSearchParams({ query }).toString()}`, { headers });

describe('an attack is refused:', () => {
  it('a GET that no GraphQL client sends', async () => {
    for (const accept of ['*/*', 'text/html,application/xhtml+xml,*/*;q=0.8', ''])
      expect((await byGet({ accept })).status).toBe(400);
    for (const site of ['cross-site', 'same-site'])
      expect((await byGet({ accept: 'application/json', 'sec-fetch-site': site })).status).toBe(400);
  });

  it('a batch that repeats one operation', async () => {
    const { status, body } = await shop.ask(Array(10).fill({ query: QUERY }));
    expect([status, body.errors]).toMatchObject([400, [{ extensions: { code: 'LIMIT_EXCEEDED' } }]]);
  });

  it.each([
    `query cop { __typename ${'@aa'.repeat(10)} }`,
    `query cop ${'@aa'.repeat(10)} { __typename }`,
    `query cop { ... ${'@aa'.repeat(10)} { __typename } }`,
    `query cop { ...f } fragment f on Query ${'@aa'.repeat(10)} { __typename }`,
    `query cop($v: Int ${'@aa'.repeat(10)}) { __typename }`,
  ])('many directives at one location: %s', async (query) => {
    const { body } = await shop.ask({ query });
    expect(body.errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
  });

  it('101 aliases, introspection, suggestions and GraphiQL', async () => {
    const aliases = Array.from({ length: 101 }, (_, index) => `alias${index}: __typename`).join(' ');
    for (const query of [aliases, '__schema { types { name } }', '__schema { directive }']) {
      const { body } = await shop.ask({ query: `query cop { ${query} }` });
      expect(body.data).toBeUndefined();
      expect(JSON.stringify(body.errors)).not.toContain('Did you mean');
    }
    for (const path of ['/', '/graphql']) {
      const page = await shop.get(path, { headers: { accept: 'text/html' } });
      const html = await page.text();
      expect([page.status, html]).toEqual([200, expect.stringContaining('INTROSPECTION=true')]);
      expect(html).not.toContain('GraphiQL');
      expect(html).not.toContain('<script');
    }
    expect((await shop.get('/graphql/assets/tabs.json')).status).toBe(404);
  });
});

describe('a real client is answered:', () => {
  const ME = { me: { name: 'Author a1' } };

  test.each([
    ['names JSON', { accept: 'application/json' }],
    ['names the type of GraphQL responses', { accept: 'application/graphql-response+json, application/json;q=0.9' }],
    ['sends a preflight header', { 'apollo-require-preflight': 'true' }],
    ['sends a content type', { 'content-type': 'application/json' }],
    ['is a page of the same origin', { accept: '*/*', 'sec-fetch-site': 'same-origin' }],
  ])('a GET that %s', async (_, headers) => {
    expect(await (await byGet(headers, '{ me { name } }')).json()).toEqual({ data: ME });
  });

  test('Apollo Client by GET', async () => {
    const link = new HttpLink({ uri: shop.url, useGETForQueries: true });
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    expect((await client.query({ query: gql('{ me { name } }') })).data).toMatchObject(ME);
  });

  test('Apollo Client with its longest batches', async () => {
    const batches: number[] = [];
    const counting: typeof fetch = (input, init) => {
      batches.push((JSON.parse(init!.body as string) as unknown[]).length);
      return fetch(input, init);
    };
    const client = new ApolloClient({
      link: new BatchHttpLink({ uri: shop.url, fetch: counting }),
      cache: new InMemoryCache(),
    });
    const query = gql('query ($id: ID!) { product(id: $id) { id name } }');
    const asked = Array.from({ length: 10 }, (_, index) => client.query({ query, variables: { id: `p${index}` } }));
    expect((await Promise.all(asked)).every(({ error }) => error === undefined)).toBe(true);
    expect(batches).toEqual([10]);
  });

  test('urql by GET', async () => {
    const exchanges = [cacheExchange, fetchExchange];
    const client = new UrqlClient({ url: shop.url, exchanges, preferGetMethod: 'force' });
    expect((await client.query('{ me { name } }', {}).toPromise()).data).toMatchObject(ME);
  });

  test('graphql-request by GET', async () => {
    const client = new GraphQLClient(shop.url, { method: 'GET', jsonSerializer: JSON });
    expect(await client.request('{ me { name } }')).toEqual(ME);
  });

  test('many directives, but few at one location', async () => {
    const fields = Array.from({ length: 20 }, (_, index) => `f${index}: name @include(if: true) @skip(if: false)`);
    const { body } = await shop.ask({ query: `{ me { ${fields.join(' ')} } }` });
    expect(Object.keys(body.data!.me as object)).toHaveLength(20);
  });
});
