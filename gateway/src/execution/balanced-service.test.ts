/** Several instances of a subgraph: balance, ejection, return, and retries. HTTP servers stand for the instances. */
// cspell:ignore aaabbb aabb mesaging
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { eventually } from '@chat/kit/testing/eventually';
import { BalancedService } from './balanced-service';
import { HttpService } from './http-service';
import { InstanceProbe } from './instance-probe';
import { parseSubgraphUrls, demandKnownSubgraphs } from './subgraph-urls';

const QUERY = { query: '{ a }' };
const MUTATION = { query: 'mutation { a }' };
const OPTIONS = { headers: {} };
const log = pino({ level: 'silent' });

class Instance implements AsyncDisposable {
  requests: string[] = [];
  /** Status of the page that says whether it is ready. */
  readiness = 200;
  handle: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) =>
    void response.end(`{"data":{"a":"${this.name}"}}`);
  private server?: Server;
  private port = 0;

  constructor(readonly name: string) {}

  async listen(): Promise<this> {
    this.server = createServer((request, response) => {
      if (request.url === '/health/ready') return void response.writeHead(this.readiness).end('{}');
      void text(request).then((body) => {
        this.requests.push(body);
        this.handle(request, response);
      });
    });
    await new Promise<void>((resolve) => this.server!.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/graphql`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve(undefined)));
    this.server = undefined;
  }
}

let a: Instance;
let b: Instance;
let service: BalancedService;

beforeEach(async () => {
  [a, b] = await Promise.all([new Instance('a').listen(), new Instance('b').listen()]);
  const parts = [a.url, b.url].map((url) => {
    const settings = { name: 'shop', url, timeoutMs: 10_000, maxAnswerBytes: 10_000, connections: 10 };
    const http = new HttpService({ ...settings, isOneOfSeveral: true });
    return { url, service: http, [Symbol.asyncDispose]: () => http[Symbol.asyncDispose]() };
  });
  service = new BalancedService('shop', parts, (url, onResult) => new InstanceProbe({ url, onResult }), log);
});
afterEach(async () => {
  await Promise.all([a, b].map((instance) => instance[Symbol.asyncDispose]()));
  await service[Symbol.asyncDispose]();
});

const askMany = async (count: number, request = QUERY) => {
  const answers = [];
  for (let time = 0; time < count; time++) answers.push((await service.execute(request, OPTIONS)).data!.a);
  return answers.sort().join('');
};
const ready = (count: number) => eventually(() => service.counts.ready === count);

test('each instance gets its share', async () => {
  expect(await askMany(6)).toBe('aaabbb');
  expect(service.counts).toEqual({ all: 2, ready: 2 });
});

test('the instance with fewer pending requests gets the next one', async () => {
  const held: ServerResponse[] = [];
  a.handle = (_request, response) => void held.push(response);
  const first = [service.execute(QUERY, OPTIONS), service.execute(QUERY, OPTIONS)];
  await eventually(() => held.length === 1 && b.requests.length === 1);
  await Promise.race(first); // the instance that answered has no pending request any more
  expect(await askMany(5)).toBe('bbbbb');
  held[0]!.end('{"data":{"a":"late"}}');
  await Promise.all(first);
});

test('an instance that is down is ejected without an error, and returns', async () => {
  await a[Symbol.asyncDispose]();
  expect(await askMany(6)).toBe('bbbbbb');
  expect(await askMany(6, MUTATION)).toBe('bbbbbb'); // none of them was sent to the instance that is down
  await ready(1);
  await a.listen();
  await ready(2);
  expect(await askMany(4)).toBe('aabb');
});

test('an instance that says that it is not ready gets no requests', async () => {
  a.readiness = 503;
  await ready(1);
  expect(await askMany(4)).toBe('bbbb');
  a.readiness = 200;
  await ready(2);
  expect(await askMany(4)).toBe('aabb');
});

test('an instance without the page is ready', async () => {
  a.readiness = b.readiness = 404;
  expect(await askMany(2)).toBe('ab');
  await eventually(() => service.counts.ready === 2);
});

test('a query moves on if its connection breaks; a mutation that was sent does not', async () => {
  a.handle = b.handle = (request) => request.socket.destroy();
  await expect(service.execute(MUTATION, OPTIONS)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(a.requests.length + b.requests.length).toBe(1);
  const [broken, whole] = a.requests.length > 0 ? [a, b] : [b, a];
  await ready(2);
  whole.handle = (_request, response) => void response.end(`{"data":{"a":"${whole.name}"}}`);
  expect(await askMany(4)).toBe(whole.name.repeat(4));
  expect(broken.requests.length).toBeGreaterThan(1);
});

test('even a mutation moves on from an instance that has not started', async () => {
  a.handle = (_request, response) =>
    void response.writeHead(503).end('{"errors":[{"message":"soon","extensions":{"code":"SERVICE_UNAVAILABLE"}}]}');
  expect(await askMany(4, MUTATION)).toBe('bbbb');
});

test('errors of an operation stay with it', async () => {
  a.handle = b.handle = (_request, response) => void response.end('{"errors":[{"message":"no"}]}');
  expect(await service.execute(QUERY, OPTIONS)).toEqual({ errors: [{ message: 'no' }] });
  expect(service.counts.ready).toBe(2);
});

test('without any instance it gives up after some rounds', async () => {
  await Promise.all([a, b].map((instance) => instance[Symbol.asyncDispose]()));
  await expect(service.execute(QUERY, OPTIONS)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
});

describe('SUBGRAPH_URLS', () => {
  test('a name may come several times', () => {
    const items = ['a=http://x:1/graphql', 'b=https://y/?k=v', 'a=http://x:2/graphql'];
    expect(parseSubgraphUrls(items)).toEqual({
      urls: { a: ['http://x:1/graphql', 'http://x:2/graphql'], b: ['https://y/?k=v'] },
    });
  });

  test.each([
    [['a'], '"a" is not name=url'],
    [['=http://x'], '"=http://x" is not name=url'],
    [['a='], '"a=" is not name=url'],
    [['a=x:1'], 'x:1 is no http URL'],
    [['a=ftp://x'], 'ftp://x is no http URL'],
    [['a=http://x', 'a=http://x'], 'a has the URL http://x twice'],
  ])('%j is refused', (items, problem) => {
    expect(parseSubgraphUrls(items)).toEqual({ problems: [problem] });
  });

  test('a name that the supergraph does not have is refused, with the name that was meant', () => {
    const known = ['identity', 'messaging'];
    expect(() => demandKnownSubgraphs({ SUBGRAPH_URLS: { identity: [] } }, known)).not.toThrow();
    expect(() =>
      demandKnownSubgraphs({ SUBGRAPH_URLS: { mesaging: [], identity: [] }, SUBGRAPH_CA: { x: '' } }, known),
    ).toThrow(
      'SUBGRAPH_URLS: the supergraph has no subgraph "mesaging". Did you mean messaging?\n' +
        'SUBGRAPH_CA: the supergraph has no subgraph "x".\nIt has: identity, messaging.',
    );
  });
});
