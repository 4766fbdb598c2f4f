/** The HTTP client for untrusted URLs, against real servers: allowed targets, refused targets, redirects. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startExpiredServer } from '../testing/expired-server';
import { OutboundHttp, RefusedUrl, type OutboundOptions } from './outbound-http';
import { isPublicAddress } from './public-address';

const servers: Server[] = [];
const clients: OutboundHttp[] = [];

async function serve(listener: RequestListener): Promise<{ port: number; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return { port: (server.address() as AddressInfo).port, requests };
}

function client(options: Partial<OutboundOptions> = {}): OutboundHttp {
  const http = new OutboundHttp({ isAllowed: () => true, timeoutMs: 5000, ...options });
  clients.push(http);
  return http;
}

const send = (http: OutboundHttp, url: string) =>
  http.post(url, { headers: { 'content-type': 'text/plain' }, body: 'hello', signal: new AbortController().signal });

const post = async (http: OutboundHttp, url: string) => (await send(http, url)).status;

const read = async (request: IncomingMessage) => Buffer.concat(await request.toArray()).toString();

afterEach(async () => {
  for (const http of clients.splice(0)) await http[Symbol.asyncDispose]();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test('sends a body and returns the status', async () => {
  let body = '';
  const { port } = await serve(async (request, response) => {
    body = await read(request);
    response.writeHead(202).end();
  });
  expect(await post(client(), `http://127.0.0.1:${port}/hook`)).toBe(202);
  expect(body).toBe('hello');
});

test('refuses a host with a private address, even next to a public one', async () => {
  const { port, requests } = await serve((_request, response) => response.end());
  for (const addresses of [['127.0.0.1'], ['93.184.216.34', '127.0.0.1'], ['::1'], ['::ffff:127.0.0.1']]) {
    const resolve = async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    await expect(post(client({ isAllowed: isPublicAddress, resolve }), `http://hook.example:${port}/`)).rejects.toThrow(
      new RefusedUrl('The host has a private address.'),
    );
  }
  expect(requests).toHaveLength(0);
});

test('connects to the checked addresses, so a second lookup cannot change them', async () => {
  const { port, requests } = await serve((_request, response) => response.end());
  const answers = [[], [{ address: '127.0.0.1', family: 4 }]];
  let asked = 0;
  const resolve = async () => answers[asked++] ?? [];
  const http = client({ resolve });
  await expect(post(http, `http://rebinding.example:${port}/`)).rejects.toThrow('no address');
  expect(await post(http, `http://rebinding.example:${port}/`)).toBe(200);
  expect([asked, requests.length]).toEqual([2, 1]);
});

test.each(['http://127.0.0.1', 'http://[::1]', 'http://0x7f.1'])('refuses the address %s in a URL', async (origin) => {
  const { port, requests } = await serve((_request, response) => response.end());
  await expect(post(client({ isAllowed: isPublicAddress }), `${origin}:${port}/`)).rejects.toThrow(/private address/);
  expect(requests).toHaveLength(0);
});

test.each([301, 302, 307, 308])('repeats the request at the target of a %i', async (status) => {
  const target = await serve(async (request, response) => {
    response.writeHead((await read(request)) === 'hello' && request.method === 'POST' ? 200 : 400).end();
  });
  const { port } = await serve((_request, response) =>
    response.writeHead(status, { location: `http://127.0.0.1:${target.port}/moved` }).end(),
  );
  expect(await post(client(), `http://127.0.0.1:${port}/`)).toBe(200);
  expect(target.requests[0]!.url).toBe('/moved');
});

test('does not follow a 303, which is a final response', async () => {
  const { port, requests } = await serve((_request, response) => response.writeHead(303, { location: '/seen' }).end());
  expect(await post(client(), `http://127.0.0.1:${port}/`)).toBe(303);
  expect(requests).toHaveLength(1);
});

test.each([
  ['an address that is not allowed', 'http://127.0.0.2', /private address/],
  ['a name of such an address', 'http://inside.example', /private address/],
  ['another scheme', 'ftp://outside.example', /https/],
  ['a URL with a password', 'http://user:secret@outside.example', /password/],
])('does not follow a redirect to %s', async (_what, origin, reason) => {
  const inside = await serve((_request, response) => response.end());
  const { port, requests } = await serve((_request, response) =>
    response.writeHead(307, { location: `${origin}:${inside.port}/` }).end(),
  );
  const http = client({
    isAllowed: (address) => address !== '127.0.0.2',
    resolve: async (host) => [{ address: host === 'inside.example' ? '127.0.0.2' : '127.0.0.1', family: 4 }],
  });
  await expect(post(http, `http://outside.example:${port}/`)).rejects.toThrow(reason);
  expect([requests.length, inside.requests.length]).toEqual([1, 0]);
});

test('follows three redirects, but no fourth', async () => {
  const { port, requests } = await serve((request, response) => {
    const hop = Number(request.url!.slice(1));
    response.writeHead(hop === 0 ? 200 : 302, { location: `/${hop - 1}` }).end();
  });
  expect(await post(client(), `http://127.0.0.1:${port}/3`)).toBe(200);
  expect(requests).toHaveLength(4);
  await expect(post(client(), `http://127.0.0.1:${port}/9`)).rejects.toThrow('more than 3 times');
  expect(requests).toHaveLength(8);
});

test('sends nothing to a server whose certificate has expired, and says so', async () => {
  await using server = await startExpiredServer();
  const sent = post(client(), server.url);
  await expect(sent).rejects.toThrow(RefusedUrl);
  await expect(sent).rejects.toThrow('The certificate of localhost has expired.');
  expect(server.requests).toBe(0);
});

test('times out if a receiver does not respond', async () => {
  const { port } = await serve(() => undefined);
  await expect(post(client({ timeoutMs: 100 }), `http://127.0.0.1:${port}/`)).rejects.toThrow(/time/i);
});

test('stops reading an endless response', async () => {
  let isCut: () => void;
  const cut = new Promise<void>((resolve) => (isCut = resolve));
  const { port } = await serve((_request, response) => {
    response.on('close', () => isCut());
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384)));
    };
    response.on('drain', more);
    more();
  });
  expect(await post(client(), `http://127.0.0.1:${port}/`)).toBe(200);
  await cut;
});

describe('fetch', () => {
  test('sends a request and reads the response up to a size', async () => {
    const { port, requests } = await serve(async (request, response) => {
      response.writeHead(201, { 'x-answer': 'yes' }).end(`${request.method} ${await read(request)}`);
    });
    const url = `http://127.0.0.1:${port}/a`;
    const put = { method: 'PUT', headers: { accept: 'text/plain' }, body: 'x', maxBytes: 5 };
    const { status, headers, body } = await client().fetch(url, put);
    expect([status, headers['x-answer'], body.toString()]).toEqual([201, 'yes', 'PUT x']);
    expect(requests[0]!.headers.accept).toBe('text/plain');
    await expect(client().fetch(url, { ...put, maxBytes: 4 })).rejects.toThrow(
      new RefusedUrl('The response has more than 4 bytes.'),
    );
  });

  test('checks each redirect, and takes credentials to no other origin', async () => {
    const target = await serve((_request, response) => response.end('moved'));
    const { port } = await serve((_request, response) =>
      response.writeHead(303, { location: `http://other.example:${target.port}/moved` }).end(),
    );
    const http = client({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
    const seen: string[] = [];
    const options = {
      method: 'POST',
      headers: { authorization: 'Bearer x', cookie: 'y', accept: 'z' },
      body: 'x',
      maxBytes: 100,
    };
    const check = ({ hostname }: URL) => void seen.push(hostname);
    expect((await http.fetch(`http://one.example:${port}/`, { ...options, check })).body.toString()).toBe('moved');
    expect(seen).toEqual(['one.example', 'other.example']);
    const [{ method, headers } = {} as IncomingMessage] = target.requests;
    expect([method, headers.authorization, headers.cookie, headers.accept]).toEqual(['GET', undefined, undefined, 'z']);
    const refuse = ({ hostname }: URL) => {
      if (hostname !== 'one.example') throw new RefusedUrl('no');
    };
    await expect(http.fetch(`http://one.example:${port}/`, { ...options, check: refuse })).rejects.toThrow('no');
    expect(target.requests).toHaveLength(1);
  });

  test('refuses private addresses', async () => {
    const { port, requests } = await serve((_request, response) => response.end());
    const http = client({ isAllowed: isPublicAddress });
    await expect(http.fetch(`http://127.0.0.1:${port}/`, { headers: {}, maxBytes: 1 })).rejects.toThrow('private');
    await expect(http.fetch(`http://localhost:${port}/`, { headers: {}, maxBytes: 1 })).rejects.toThrow('private');
    expect(requests).toHaveLength(0);
  });
});
