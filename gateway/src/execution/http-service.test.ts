/** A subgraph over HTTP that is slow, dying, away or talking nonsense. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { HttpService } from './http-service';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const OPTIONS = { headers: { 'x-viewer': 'signed' } };
const QUERY = { query: '{ a }' };
const MUTATION = { query: 'mutation { a }' };

let server: Server;
let service: HttpService;
let handle: Handler;
let requests: { headers: IncomingMessage['headers']; body: string }[];
let sockets: Set<Socket>;

const answer: Handler = (_request, response) => response.end('{"data":{"a":1}}');

beforeEach(async () => {
  requests = [];
  sockets = new Set();
  handle = answer;
  server = createServer((request, response) => {
    sockets.add(request.socket);
    void text(request).then((body) => {
      requests.push({ headers: request.headers, body });
      handle(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  service = new HttpService({ name: 'shop', url: `http://127.0.0.1:${port}/graphql`, timeoutMs: 100, connections: 1 });
});

afterEach(async () => {
  server.closeAllConnections();
  await Promise.all([service[Symbol.asyncDispose](), new Promise((resolve) => server.close(resolve))]);
});

test('sends the request as JSON with the headers that go along, on one kept connection', async () => {
  const request = { ...QUERY, operationName: 'A', variables: { id: 'ü' } };
  expect(await service.execute(request, OPTIONS)).toEqual({ data: { a: 1 } });
  await service.authorize(request, OPTIONS);
  expect(requests.map(({ body }) => JSON.parse(body))).toEqual([request, request]);
  expect(requests[0]!.headers).toMatchObject({ 'x-viewer': 'signed', 'content-type': 'application/json' });
  expect(requests.map(({ headers }) => headers['x-authorize-only'])).toEqual([undefined, '1']);
  expect(sockets.size).toBe(1);
});

test('passes on GraphQL errors whatever the status', async () => {
  handle = (_request, response) => response.writeHead(400).end('{"errors":[{"message":"no"}]}');
  expect(await service.execute(QUERY, OPTIONS)).toEqual({ errors: [{ message: 'no' }] });
  expect(requests).toHaveLength(1);
});

test('sends a query again when the connection breaks', async () => {
  handle = (request, response) => (requests.length < 3 ? request.socket.destroy() : answer(request, response));
  expect(await service.execute(QUERY, OPTIONS)).toEqual({ data: { a: 1 } });
  expect(requests).toHaveLength(3);
});

test('never sends a mutation again', async () => {
  handle = (request) => request.socket.destroy();
  await expect(service.execute(MUTATION, OPTIONS)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(requests).toHaveLength(1);
});

test.each([
  ['no JSON', '<html>Bad gateway</html>'],
  ['no GraphQL', '{"status":"ok"}'],
])('%s is no answer', async (_what, body) => {
  handle = (_request, response) => response.writeHead(502).end(body);
  await expect(service.execute(QUERY, OPTIONS)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
});

test('gives up after the time-out, and does not ask again', async () => {
  handle = () => undefined;
  await expect(service.execute(QUERY, OPTIONS)).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect(requests).toHaveLength(1);
});

test('ends the request when its signal says so', async () => {
  const abort = new AbortController();
  const closed = new Promise<void>((resolve) => {
    handle = (request) => {
      request.socket.once('close', () => resolve());
      abort.abort(new Error('the client has left'));
    };
  });
  await expect(service.execute(QUERY, { ...OPTIONS, signal: abort.signal })).rejects.toThrow('the client has left');
  await closed;
});

test('leaves a service that fails again and again in peace, and comes back to it', async () => {
  handle = (request) => request.socket.destroy();
  for (let attempt = 0; attempt < 5; attempt++) {
    await expect(service.execute(MUTATION, OPTIONS)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  }
  const before = requests.length;
  await expect(service.execute(MUTATION, OPTIONS)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(requests).toHaveLength(before);
  handle = answer;
  const comesBack = async (): Promise<unknown> => {
    try {
      return await service.execute(QUERY, OPTIONS);
    } catch {
      return comesBack();
    }
  };
  expect(await comesBack()).toEqual({ data: { a: 1 } });
});

test('says that a service is away that does not listen', async () => {
  const away = new HttpService({ name: 'away', url: 'http://127.0.0.1:1/graphql', timeoutMs: 1000, connections: 1 });
  await expect(away.execute(QUERY, OPTIONS)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  await away[Symbol.asyncDispose]();
});
