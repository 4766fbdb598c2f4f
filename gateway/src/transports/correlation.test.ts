/** Every log line of a request has its correlation id, on every transport. */
import { pino } from 'pino';
import { freePort } from '@chat/kit/process/free-port';
import { currentCorrelationId } from '@chat/kit/logging';
import { WebSocket } from 'ws';
import { socketClient } from '../testing/live-gateway';
import { startShopGateway, type ShopGateway } from '../testing/shop-gateway';
import { LocalService } from '../testing/local-subgraphs';
import { SHOP } from '../testing/shop';

interface Line {
  msg: string;
  correlationId?: string;
}

const lines: Line[] = [];
const log = pino(
  { mixin: () => ({ correlationId: currentCorrelationId() }) },
  { write: (line: string) => void lines.push(JSON.parse(line) as Line) },
);
/** Correlation ids seen by a route of an in-process subgraph. */
const seen: (string | undefined)[] = [];
const withRoute = {
  name: 'catalog',
  service: new LocalService(SHOP.catalog!),
  handleHttp: async ({ url }: { url?: string }, response: { end(text: string): unknown }) => {
    if (url !== '/api/v1/local') return false;
    seen.push(currentCorrelationId());
    log.info('a route of a subgraph');
    response.end('here');
    return true;
  },
};

let shop: ShopGateway;
beforeAll(async () => {
  const away = `/api/v1/away=http://127.0.0.1:${await freePort()}`;
  const others = ['reviews', 'people', 'shipping'].map((name) => ({ name, service: new LocalService(SHOP[name]!) }));
  shop = await startShopGateway({ REST_ROUTES: away }, { log, subgraphs: [withRoute, ...others] });
});
afterAll(() => shop[Symbol.asyncDispose]());
beforeEach(() => void lines.splice(0));

const JSON_BODY = { 'content-type': 'application/json' };
const QUERY = JSON.stringify({ query: '{ me { name } }' });

test.each<[string, string, RequestInit, number]>([
  ['a query', '/graphql', { method: 'POST', headers: JSON_BODY, body: QUERY }, 200],
  ['a refused query', '/graphql', { method: 'POST', headers: JSON_BODY, body: '{"query":"{ nothing }"}' }, 400],
  [
    'an event stream',
    '/graphql/stream',
    { method: 'POST', headers: { ...JSON_BODY, accept: 'text/event-stream' }, body: QUERY },
    200,
  ],
  [
    'an event stream on /graphql',
    '/graphql',
    { method: 'POST', headers: { ...JSON_BODY, accept: 'text/event-stream' }, body: QUERY },
    200,
  ],
  [
    'a refused event stream',
    '/graphql/stream',
    { method: 'POST', headers: { ...JSON_BODY, accept: 'text/event-stream' }, body: '{"query":"{ nothing }"}' },
    200,
  ],
  ['a route of a subgraph in this process', '/api/v1/local', {}, 200],
  ['a route that is forwarded', '/api/v1/away/1', { method: 'POST', body: 'x' }, 503],
])('%s', async (what, path, init, status) => {
  const correlationId = `test-of-${what.replaceAll(/\W/g, '-')}`;
  const response = await shop.get(path, { ...init, headers: { ...init.headers, 'x-correlation-id': correlationId } });
  await response.text();
  expect([response.status, response.headers.get('x-correlation-id')]).toEqual([status, correlationId]);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter((line) => line.correlationId !== correlationId)).toEqual([]);
});

test('a WebSocket', async () => {
  class Named extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { headers: { 'x-correlation-id': 'of-a-socket' } });
    }
  }
  using client = socketClient(shop.url.replace('http', 'ws'), undefined, { webSocketImpl: Named });
  await client.iterate({ query: '{ me { name } }' }).next();
  expect(lines.map(({ msg, correlationId }) => [msg, correlationId])).toEqual([['operation', 'of-a-socket']]);
});

test('a route of an in-process subgraph runs with the correlation id of its request', async () => {
  await shop.get('/api/v1/local', { headers: { 'x-correlation-id': 'of-a-route' } });
  expect(seen.at(-1)).toBe('of-a-route');
});
