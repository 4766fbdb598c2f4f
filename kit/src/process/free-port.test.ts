/** The check of an address before a server listens there. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expectFree, freePort } from './free-port';

const HOST = '127.0.0.1';

/** Connects again and again, in a thread, as a proxy does. Tells when it has been refused for the first time, and whenever it is not. */
const CLIENT = `
const { connect } = require('node:net');
const { parentPort, workerData } = require('node:worker_threads');
const tell = (what) => parentPort.postMessage(what);
function again() {
  const socket = connect(workerData, '${HOST}');
  socket.on('connect', () => tell('accepted')).on('error', () => tell('refused')).on('close', again);
}
for (let client = 0; client < 8; client++) again();`;

test.each([HOST, '::', '0.0.0.0', 'localhost'])(
  'an address with a server is refused, also if others may share it: %s',
  async (host) => {
    const server = createServer();
    await once(server.listen({ host, port: 0, reusePort: process.platform === 'linux' }), 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(expectFree({ host, port })).rejects.toMatchObject({ code: 'EADDRINUSE', port });
    await new Promise((resolve) => server.close(resolve));
    await expectFree({ host, port });
  },
);

test('an address that this machine does not have is refused', async () => {
  await expect(expectFree({ host: '192.0.2.1', port: 20_000 })).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
});

test('a check accepts nobody, who would be reset afterwards', async () => {
  const port = await freePort(HOST);
  const clients = new Worker(CLIENT, { eval: true, workerData: port });
  const answers: string[] = [];
  clients.on('message', (answer: string) => answers.push(answer));
  await once(clients, 'message');
  for (let round = 0; round < 1_500; round++) await expectFree({ host: HOST, port });
  await clients.terminate();
  expect(new Set(answers)).toEqual(new Set(['refused']));
});
