/** Several sockets with one address behave like one: for clients, for address conflicts and on close. */
import { eventually } from '@chat/kit/testing/eventually';
import { gracefulClose } from '@chat/kit/graceful-close';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { listenTogether, extraListeners } from './listen';

const host = '127.0.0.1';

async function start() {
  const requests: ServerResponse[] = [];
  const server = createServer((_request, response) => void requests.push(response));
  const doors = extraListeners(server);
  const close = gracefulClose(server, doors);
  await listenTogether([server, ...doors], { host, port: 0 });
  const { port } = server.address() as AddressInfo;
  return { server, doors, close, port, requests };
}

/** Connects until every server has accepted a connection. */
async function connectToAll(servers: readonly Server[], port: number): Promise<Socket[]> {
  const reached = new Set<Server>();
  for (const server of servers) server.on('connection', () => reached.add(server));
  const sockets: Socket[] = [];
  while (reached.size < servers.length) {
    const socket = connect(port, host);
    await once(socket, 'connect');
    sockets.push(socket);
  }
  return sockets;
}

test('requests on every socket are answered, and those in flight finish on close', async () => {
  const { doors, close, port, requests } = await start();
  const sockets = await connectToAll(doors, port);
  for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nhost: here\r\n\r\n');
  await eventually(() => requests.length >= sockets.length, 'a request from each socket');
  const answers = sockets.map((socket) => text(socket));
  const closed = close();
  for (const response of requests) response.end('the answer');
  for (const answer of answers) expect(await answer).toContain('the answer');
  await closed;
});

test('an address in use is refused, and is free again after close', async () => {
  const { close, port } = await start();
  const server = createServer();
  const doors = extraListeners(server);
  const closeAnother = gracefulClose(server, doors);
  const listen = () => listenTogether([server, ...doors], { host, port });
  await expect(listen()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await close();
  await listen();
  await closeAnother();
});
