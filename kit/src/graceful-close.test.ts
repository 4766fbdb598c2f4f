/** Idle connections do not delay a shutdown, and active ones are not cut off. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, createServer as createNetServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
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

test('a connection that reaches the queue just before the end is answered, or refused', async () => {
  for (let turns = 1; turns <= 12; turns++) {
    await using parts = new AsyncDisposableStack();
    const server = createServer((_request, response) => void response.end('the answer'));
    const close = gracefulClose(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const [near, far] = await socketPair(parts);

    // The connection comes while a turn of the event loop handles something else.
    let turn = 0;
    const outcome = new Promise<string>((resolve) => {
      far.on('data', () => {
        if (++turn < turns) near.write('.');
        else void ask(port).then(resolve);
      });
    });
    near.write('.');
    const closed = close();
    expect(await outcome).toMatch(/the answer$|ECONNREFUSED/);
    await closed;
  }
});

/** Two ends of a connection. */
async function socketPair(parts: AsyncDisposableStack): Promise<[Socket, Socket]> {
  const server = createNetServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = parts.adopt(connect((server.address() as AddressInfo).port, '127.0.0.1'), (open) => void open.destroy());
  const [far] = (await once(server, 'connection')) as [Socket];
  server.close();
  return [near, far];
}

/** The whole response, or the code of the failure. */
const ask = async (port: number): Promise<string> => {
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n');
  return text(socket).catch((error: NodeJS.ErrnoException) => error.code!);
};
