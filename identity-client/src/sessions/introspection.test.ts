/** Questions to identity over HTTP, while some or all of its processes are away. */
import { ViewerHeader } from '@chat/kit/auth/viewer-header';
import { withCorrelation } from '@chat/kit/logging';
import { freePort } from '@chat/kit/process/free-port';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpEndedSessions, IdentityDownError } from './introspection';

const header = new ViewerHeader('a secret key that only this test has');
let nobody: string;
beforeAll(async () => {
  nobody = `http://127.0.0.1:${await freePort()}`;
});
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A process of identity that answers with `status`, or not at all. Counts its requests, and keeps the last correlation id. */
async function identity(status?: number) {
  const asked = { url: '', count: 0, correlationId: undefined as unknown };
  const server = createServer((request, response) => {
    asked.count++;
    asked.correlationId = request.headers['x-correlation-id'];
    if (status !== undefined) response.writeHead(status).end('["ended"]');
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  asked.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return asked;
}

test('if an address fails, the next one is asked, and first from then on', async () => {
  const [broken, silent, good] = [await identity(500), await identity(), await identity(200)];
  const ask = httpEndedSessions([nobody, broken.url, silent.url, good.url], header, 1_200);
  expect(await ask(['x'])).toEqual(['ended']);
  expect(await ask(['x'])).toEqual(['ended']);
  expect([broken.count, silent.count, good.count]).toEqual([1, 1, 2]);
});

test('identity is down only if no process listens', async () => {
  const broken = await identity(500);
  await expect(httpEndedSessions([nobody, nobody], header)(['x'])).rejects.toBeInstanceOf(IdentityDownError);
  const failing = httpEndedSessions([nobody, broken.url], header)(['x']);
  await expect(failing).rejects.toThrow('Identity answered /ended-sessions with 500.');
});

test('a question has the correlation id of the request that needs it', async () => {
  const good = await identity(200);
  await withCorrelation('ours', () => httpEndedSessions(good.url, header)(['x']));
  expect(good.correlationId).toBe('ours');
});
