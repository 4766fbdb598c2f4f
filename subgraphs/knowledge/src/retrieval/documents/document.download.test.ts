/** Downloads from URLs that accounts give: what is refused before a request, at a redirect, and by its answer. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DocumentDownload } from './document.download';
import { UnreadableFileError } from './reading/read-file';

const ANSWERS: Record<string, RequestListener> = {
  '/page': (_, response) => response.end('<!doctype html><p>Text</p>'),
  '/gone': (_, response) => response.writeHead(410).end(),
  '/busy': (_, response) => response.writeHead(429).end(),
  '/broken': (_, response) => response.writeHead(503).end(),
  '/moved': (_, response) => response.writeHead(302, { location: '/page' }).end(),
  '/inside': (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/endless': (_, response) => {
    const chunk = Buffer.alloc(1 << 20);
    const write = () => void response.write(chunk, (error) => (error ? undefined : write()));
    write();
  },
};

const server = createServer((request, response) => ANSWERS[request.url!]!(request, response));
let address: string;
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close().closeAllConnections());

const open = (DOCUMENT_ALLOW_URLS = true, DOCUMENT_ALLOW_PRIVATE_ADDRESSES = true) =>
  new DocumentDownload({ DOCUMENT_ALLOW_URLS, DOCUMENT_ALLOW_PRIVATE_ADDRESSES });

test('a page is read, also behind a redirect', async () => {
  await using download = open();
  for (const path of ['/page', '/moved'])
    expect((await download.read(address + path)).toString()).toBe('<!doctype html><p>Text</p>');
});

test('without permission of the operator, nothing is requested', async () => {
  await using download = open(false);
  expect(() => download.check('https://example.org/')).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  await expect(download.read(`${address}/page`)).rejects.toThrow(UnreadableFileError);
});

test('private addresses and other schemes are refused, by the check and by the request', async () => {
  await using download = open(true, false);
  for (const url of ['http://169.254.169.254/', 'http://[::1]/', 'http://localhost/', 'ftp://example.org/', 'page'])
    expect(() => download.check(url)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  expect(() => download.check('https://example.org/page')).not.toThrow();
  await expect(download.read(`${address}/page`)).rejects.toThrow(UnreadableFileError);
});

test.each([
  ['/gone', 'status 410'],
  ['/loop', 'redirects more than'],
  ['/inside', 'must start with https'],
  ['/endless', 'more than 20971520 bytes'],
])('%s is refused for good, and its owner is told why', async (path, reason) => {
  await using download = open();
  const refused = download.read(address + path);
  await expect(refused).rejects.toThrow(UnreadableFileError);
  await expect(refused).rejects.toThrow(reason);
});

test.each(['/busy', '/broken'])('%s is tried again later', async (path) => {
  await using download = open();
  const failed = download.read(address + path);
  await expect(failed).rejects.toThrow('answered with status');
  await expect(failed).rejects.not.toThrow(UnreadableFileError);
});

test('the reason of an unreachable server names no address', async () => {
  await using download = open();
  await expect(download.read('http://127.0.0.1:1/')).rejects.toThrow(/^The server of the URL could not be reached\.$/);
});
