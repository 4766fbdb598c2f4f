/** Request links of a server: broken lines, backpressure, and the end of the server with requests under way. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger } from '../logging';
import { openLink, type LinkClient } from '../testing/link-client';
import { GOODBYE, LineReader, writeRequest, type LinkedRequest } from './request-link';
import { RequestLinks } from './request-link-server';

let answer: (request: LinkedRequest) => Promise<{ status: number; body: string }>;
let links: RequestLinks;
let server: Server;
let url: string;
let link: LinkClient;

const MAX_BYTES = 1000;
const ok = async ({ request }: LinkedRequest) => ({ status: 200, body: JSON.stringify(request.query) });
const line = (number: number, query = `{ q${number} }`) => writeRequest(number, {}, JSON.stringify({ query }));

beforeEach(async () => {
  answer = ok;
  links = new RequestLinks({
    answer: (request) => answer(request),
    maxBytes: MAX_BYTES,
    log: createLogger('test', 'silent'),
  });
  server = createServer();
  server.on('upgrade', (request, socket, head) => {
    if (!links.upgrade(request, socket, head)) socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  link = await openLink(url);
});

afterEach(async () => {
  await link[Symbol.asyncDispose]();
  await links[Symbol.asyncDispose]();
  server.close();
});

test.each([
  ['no JSON', 'x\n'],
  ['no request', '[1,{}]\n'],
  ['no headers', '[1,null,{"query":"{ a }"}]\n'],
  ['no number', '["1",{},{"query":"{ a }"}]\n'],
  ['a line that is too long', line(1, 'x'.repeat(MAX_BYTES))],
])('%s ends the link, and nothing after it is run', async (_what, wrong) => {
  const run: number[] = [];
  answer = async (request) => {
    run.push(request.number);
    return ok(request);
  };
  link.write(wrong, line(2));
  await once(link.socket, 'close');
  expect(run).toEqual([]);
});

test('other upgrades, and other paths, are left to others', async () => {
  await expect(openLink(url.replace('/graphql', '/elsewhere'))).rejects.toThrow('status 404');
});

test('a request may come in pieces, and may have any characters', async () => {
  const text = line(7, '{ hello(of: "für 👩‍🚀\\n") }');
  for (const byte of Buffer.from(text)) link.socket.write(Buffer.of(byte));
  expect(await link.line()).toBe(`7 200 ${JSON.stringify('{ hello(of: "für 👩‍🚀\\n") }')}`);
});

test('when the server closes, requests under way are answered, later upgrades are refused, and the gateway ends the link', async () => {
  let finish: () => void = () => undefined;
  answer = (request) =>
    request.number === 1 ? new Promise((resolve) => (finish = () => resolve(ok(request)))) : ok(request);
  link.write(line(1));
  link.write(line(2));
  expect(await link.line()).toMatch(/^2 /);
  const closed = links[Symbol.asyncDispose]();
  expect(await link.line()).toBe(GOODBYE);
  await expect(openLink(url)).rejects.toThrow('status 503');
  link.write(line(3)); // sent before the goodbye was read
  expect(await link.line()).toMatch(/^3 /);
  link.socket.end();
  finish();
  expect(await link.line()).toMatch(/^1 /);
  await closed;
});

test('a gateway that does not end its link does not keep the server', async () => {
  answer = () => new Promise(() => undefined);
  link.write(line(1));
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  const closed = links[Symbol.asyncDispose]();
  jest.advanceTimersByTime(5_000);
  await closed;
  jest.useRealTimers();
});

test('a link with many running requests reads no further, and all are answered', async () => {
  let running = 0;
  let most = 0;
  answer = async (request) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    running--;
    return ok(request);
  };
  const numbers = Array.from({ length: 20_000 }, (_, number) => number);
  link.write(...numbers.map((number) => line(number)));
  const answered = new Set<string>();
  for (const _ of numbers) answered.add((await link.line()).split(' ')[0]!);
  expect(answered.size).toBe(numbers.length);
  expect(most).toBeGreaterThanOrEqual(512);
  expect(most).toBeLessThan(5_000); // those of the last chunk are more than 512
});

test('a reader keeps only the beginning of a line that is too long', () => {
  const lines: [string, boolean][] = [];
  const reader = new LineReader(5, (text, isTooLong) => lines.push([text, isTooLong]));
  for (const chunk of ['on', 'e\ntwo\n\nt', 'oo lo', 'ng to be', ' kept\nlast', ' one\n'])
    reader.read(Buffer.from(chunk));
  expect(lines).toEqual([
    ['one', false],
    ['two', false],
    ['', false],
    ['too lo', true],
    ['last one', true],
  ]);
  expect(reader.unfinished).toBe(0);
});
