/** Refused origins are logged with the setting that admits them, once per origin and minute. */
import { once } from 'node:events';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { startShopGateway } from '../../testing/shop-gateway';

test('a refused origin is logged once, over HTTP and WebSocket alike', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  await using shop = await startShopGateway({ CORS_ORIGINS: 'https://good.example' }, { log });
  const call = (origin: string, method = 'POST') =>
    shop.get('/graphql', {
      method,
      headers: { origin, 'content-type': 'application/json', 'access-control-request-method': 'POST' },
      body: method === 'POST' ? '{"query":"{ me { id } }"}' : undefined,
    });
  const connect = async (origin: string) => {
    const socket = new WebSocket(shop.url.replace('http', 'ws'), 'graphql-transport-ws', { origin });
    const [error] = (await once(socket, 'error')) as [Error];
    return error.message;
  };
  const refusals = () => lines.filter(({ origin }) => origin !== undefined);
  await call('https://good.example');
  await call(shop.origin);
  expect(refusals()).toEqual([]);
  await call('http://localhost:5173', 'OPTIONS');
  await call('http://localhost:5173');
  expect(await connect('http://localhost:5173')).toContain('403');
  expect(refusals()).toMatchObject([
    {
      level: 40,
      origin: 'http://localhost:5173',
      msg: 'a web page of another origin was refused; to admit it, add http://localhost:5173 to CORS_ORIGINS',
    },
  ]);
  expect(await connect('https://evil.example')).toContain('403');
  await call('null');
  expect(refusals().map(({ origin }) => origin)).toEqual(['http://localhost:5173', 'https://evil.example', 'null']);
});
