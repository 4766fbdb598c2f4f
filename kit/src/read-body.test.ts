/** Bodies of requests up to a size, from clients that send all of a body before they read. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { readBody } from './read-body';
import { eventually } from './testing/eventually';

const MAX_BYTES = 1000;
let server: Server;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = await readBody(request, MAX_BYTES);
    response.writeHead(body ? 200 : 413).end(body ? `read ${body.length}` : 'too long');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const announced = (size: number) => `content-length: ${size}\r\n\r\n${'x'.repeat(size)}`;
const chunked = (size: number) =>
  `transfer-encoding: chunked\r\n\r\n${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`;

test.each([
  ['announced', announced],
  ['chunked', chunked],
])('after a long body, %s, the client has the refusal, and its connection goes on', async (_how, body) => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  const faults: Error[] = [];
  socket.setEncoding('utf8').on('error', (error) => faults.push(error));
  const send = (size: number) =>
    new Promise((resolve) => socket.write(`POST / HTTP/1.1\r\nhost: a\r\n${body(size)}`, resolve));
  await send(8 << 20);
  socket.on('data', (text: string) => (received += text));
  await eventually(() => received.includes('too long') || faults.length > 0, 'the refusal');
  await send(MAX_BYTES);
  await eventually(() => received.includes('read 1000') || faults.length > 0, 'a response on the same connection');
  expect({ faults, status: received.slice(0, 12) }).toEqual({ faults: [], status: 'HTTP/1.1 413' });
  socket.destroy();
});
