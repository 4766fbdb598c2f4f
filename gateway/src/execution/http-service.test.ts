/** A subgraph over HTTP that is slow, fails, is down or sends invalid responses. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { CircuitBreaker } from './circuit-breaker';
import { HttpService, type HttpServiceOptions } from './http-service';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const SETTINGS: HttpServiceOptions = {
  name: 'shop',
  url: '',
  timeoutMs: 10_000,
  maxAnswerBytes: 10_000,
  connections: 1,
};
const OPTIONS = { headers: { 'x-viewer': 'signed' } };
const IMPATIENCE_MS = 500;
const QUERY = { query: '{ a }' };
const MUTATION = { query: 'mutation { a }' };

let server: Server;
let service: HttpService;
let impatient: HttpService;
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
  const settings = { ...SETTINGS, url: `http://127.0.0.1:${port}/graphql` };
  service = new HttpService(settings);
  impatient = new HttpService({ ...settings, timeoutMs: IMPATIENCE_MS });
});

afterEach(async () => {
  server.closeAllConnections();
  await Promise.all([
    service[Symbol.asyncDispose](),
    impatient[Symbol.asyncDispose](),
    new Promise((resolve) => server.close(resolve)),
  ]);
});

test('sends requests as JSON with their headers on one keep-alive connection', async () => {
  const request = { ...QUERY, operationName: 'A', variables: { id: 'ü' } };
  expect(await service.execute(request, OPTIONS)).toEqual({ data: { a: 1 } });
  await service.authorize(request, OPTIONS);
  expect(requests.map(({ body }) => JSON.parse(body))).toEqual([request, request]);
  expect(requests[0]!.headers).toMatchObject({ 'x-viewer': 'signed', 'content-type': 'application/json' });
  expect(requests.map(({ headers }) => headers['x-authorize-only'])).toEqual([undefined, '1']);
  expect(sockets.size).toBe(1);
});

test('passes on GraphQL errors with any status', async () => {
  handle = (_request, response) => response.writeHead(400).end('{"errors":[{"message":"no"}]}');
  expect(await service.execute(QUERY, OPTIONS)).toEqual({ errors: [{ message: 'no' }] });
  expect(requests).toHaveLength(1);
});

test('retries a query if the connection breaks', async () => {
  handle = (request, response) => (requests.length < 3 ? request.socket.destroy() : answer(request, response));
  expect(await service.execute(QUERY, OPTIONS)).toEqual({ data: { a: 1 } });
  expect(requests).toHaveLength(3);
});

test('never retries a mutation that was sent', async () => {
  handle = (request) => request.socket.destroy();
  await expect(service.execute(MUTATION, OPTIONS)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(requests).toHaveLength(1);
});

test('sends a mutation when the service starts to listen', async () => {
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const executed = service.execute(MUTATION, OPTIONS);
  await new Promise(setImmediate); // the connection is refused
  await once(server.listen(port, '127.0.0.1'), 'listening');
  expect(await executed).toEqual({ data: { a: 1 } });
  expect(requests).toHaveLength(1);
});

test.each([
  ['no JSON', '<html>Bad gateway</html>'],
  ['no GraphQL', '{"status":"ok"}'],
])('%s is no answer', async (_what, body) => {
  handle = (_request, response) => response.writeHead(502).end(body);
  await expect(service.execute(QUERY, OPTIONS)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
});

test('fails at the timeout without a retry', async () => {
  handle = () => undefined;
  await expect(impatient.execute(QUERY, OPTIONS)).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect(requests).toHaveLength(1);
});

test('times out if a response trickles', async () => {
  handle = (_request, response) => {
    const trickle = setInterval(() => response.write(' '), 10);
    response.on('close', () => clearInterval(trickle));
  };
  await expect(impatient.execute(QUERY, OPTIONS)).rejects.toMatchObject({ code: 'TIMEOUT' });
});

test('a mutation whose time is over before a connection is free is never sent', async () => {
  handle = () => void block(IMPATIENCE_MS + 10); // or the connection could be free a moment before the time of the mutation is over
  const waiting = [QUERY, MUTATION].map((request) => impatient.execute(request, OPTIONS)); // on the only connection
  for (const answer of waiting) await expect(answer).rejects.toMatchObject({ code: 'TIMEOUT' });
  handle = answer;
  expect(await impatient.execute(QUERY, OPTIONS)).toEqual({ data: { a: 1 } });
  expect(requests.map(({ body }) => (JSON.parse(body) as typeof QUERY).query)).toEqual([QUERY.query, QUERY.query]);
});

/** Nothing else runs in this process meanwhile. */
const block = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('an oversized request or response fails alone and does not open the circuit', async () => {
  const tooLong: Handler[] = [
    (_request, response) => response.writeHead(413).end('<html>Too large</html>'),
    (_request, response) => response.writeHead(431).end(),
    (_request, response) => response.end(JSON.stringify({ data: { a: 'x'.repeat(20_000) } })),
  ];
  for (handle of tooLong) {
    for (let time = 0; time < 6; time++) {
      await expect(service.execute(QUERY, OPTIONS)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    }
  }
  expect(requests).toHaveLength(18);
  handle = answer;
  expect(await service.execute(QUERY, OPTIONS)).toEqual({ data: { a: 1 } });
});

test('aborts the request with its signal', async () => {
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

test('stops requests after repeated failures and refuses none after recovery', async () => {
  handle = (request) => request.socket.destroy();
  const fail = () => expect(service.execute(MUTATION, OPTIONS)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  for (let attempt = 0; attempt < 5; attempt++) await fail();
  await Promise.all(Array.from({ length: 50 }, fail));
  expect(requests.length - 5).toBeLessThan(10); // probes
  handle = answer;
  expect(await service.execute(MUTATION, OPTIONS)).toEqual({ data: { a: 1 } });
});

test('a request that waits for an open circuit can be aborted', async () => {
  handle = (request) => request.socket.destroy();
  for (let attempt = 0; attempt < 5; attempt++) await expect(service.execute(MUTATION, OPTIONS)).rejects.toThrow();
  const abort = new AbortController();
  const waiting = service.execute(MUTATION, { ...OPTIONS, signal: abort.signal });
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});

test('an open circuit admits one probe every 250 ms', async () => {
  let now = 0;
  const breaker = new CircuitBreaker(() => now);
  for (let request = 0; request < 100; request++) breaker.failed();
  const passes = (at: number) => {
    now = at;
    return breaker.tryPass();
  };
  expect([249, 250, 250, 499].map(passes)).toEqual([false, true, false, false]);
  breaker.failed();
  expect([499, 500, 501].map(passes)).toEqual([false, true, false]);
  breaker.succeeded();
  expect(passes(501)).toBe(true);
  expect(await breaker.waitToPass(0)).toBe(true);
});

test('reports SERVICE_UNAVAILABLE if the service does not listen', async () => {
  const away = new HttpService({ ...SETTINGS, url: 'http://127.0.0.1:1/graphql' });
  await expect(away.execute(QUERY, OPTIONS)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  await away[Symbol.asyncDispose]();
});
