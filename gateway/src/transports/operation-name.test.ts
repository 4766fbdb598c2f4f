/** One client's operation name does not affect another client, on any transport. */
import { createClient as createStreamClient } from 'graphql-sse';
import { randomUUID } from 'node:crypto';
import { socketClient } from '../testing/live-gateway';
import { startShopGateway, type ShopGateway } from '../testing/shop-gateway';

let shop: ShopGateway;
beforeAll(async () => {
  shop = await startShopGateway();
});
afterAll(() => shop[Symbol.asyncDispose]());

/** A text that no other test sends. */
const fresh = () => `Q${randomUUID().replaceAll('-', '')}`;
const DATA = { data: { me: { name: 'Author a1' } } };

type Request = { query: string; operationName?: string };

const viaHttp = async (request: Request) => (await shop.ask(request)).body;
const viaGet = async (request: Request) =>
  (await shop.get(`/graphql?${new URLSearchParams({ ...request }).toString()}`)).json();
const viaSocket = async ({ query, operationName }: Request) => {
  using client = socketClient(shop.url.replace('http', 'ws'));
  const results = client.iterate({ query, operationName });
  return (await results.next().catch((errors: unknown) => ({ value: { errors } }))).value as unknown;
};
const viaStream = async ({ query, operationName }: Request) => {
  const client = createStreamClient({ url: `${shop.origin}/graphql/stream`, retryAttempts: 0 });
  const results = client.iterate({ query, operationName });
  const { value } = await results.next();
  client.dispose();
  return value as unknown;
};
const transports = { viaHttp, viaGet, viaSocket, viaStream };
const names = Object.keys(transports) as (keyof typeof transports)[];

test.each(names)('an empty name counts as absent (%s)', async (name) => {
  const query = `query ${fresh()} { me { name } }`;
  expect(await transports[name]({ query, operationName: '' })).toEqual(DATA);
  for (const other of names) expect(await transports[other]({ query })).toEqual(DATA);
});

test.each(names)('a text that resembles a name and a document does not affect other clients (%s)', async (name) => {
  const operationName = fresh();
  const query = `query ${operationName} { me { name } }`;
  for (const hostile of [`${operationName}\n${query}`, `${operationName.length}\n${operationName}${query}`])
    expect(await transports[name]({ query: hostile })).toMatchObject({ errors: [expect.anything()] });
  for (const other of names) expect(await transports[other]({ query, operationName })).toEqual(DATA);
});

test('a mutation does not run by GET, even with an empty name', async () => {
  const query = 'mutation { rename(id: "p1", name: "By GET") { name } }';
  for (const more of ['', '&operationName=']) {
    const asked = shop.services.get('catalog')!.requests.length;
    const response = await shop.get(`/graphql?${new URLSearchParams({ query }).toString()}${more}`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(shop.services.get('catalog')!.requests).toHaveLength(asked);
  }
});
