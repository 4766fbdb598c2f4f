/** Idle connections do not delay a shutdown, and active ones are not cut off. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { gracefulClose } from './graceful-close';

async function startServer() {
  const answering: ServerResponse[] = [];
  const server = createServer((_request, response) => void answering.push(response));
  const close = gracefulClose(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const open = async (): Promise<Socket> => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await Promise.all([once(socket, 'connect'), once(server, 'connection')]);
    return socket.resume();
  };
  return { server, answering, close, open };
}

test('a connection that was never used does not hold up the end', async () => {
  const { close, open } = await startServer();
  const ended = once(await open(), 'close');
  await Promise.all([close(), ended]);
});

test('an answer under way is finished, and then its kept-alive connection ends', async () => {
  const { server, answering, close, open } = await startServer();
  const socket = await open();
  socket.write('GET / HTTP/1.1\r\nhost: here\r\n\r\n');
  await once(server, 'request');
  const text = socket.setEncoding('utf8').toArray();
  const closed = close();
  answering[0]!.end('the answer');
  expect((await text).join('')).toContain('the answer');
  await closed;
});
