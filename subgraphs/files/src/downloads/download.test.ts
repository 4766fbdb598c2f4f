/** Downloads over real HTTP: ranges, validators, headers, and the end of URLs. */
import { startTestFiles, type TestFiles, type Uploader } from '../testing/test-files';
import { contentDisposition } from './disposition';
import { parseRange } from './byte-range';

const CONTENT = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256));

let files: TestFiles;
let ada: Uploader;
let id: string;
let url: string;
beforeAll(async () => {
  files = await startTestFiles({ DOWNLOAD_URL_SECONDS: '2' });
  ada = files.person();
  id = await ada.uploads(CONTENT, { name: 'Übersicht "2026".bin' });
});
afterAll(() => files[Symbol.asyncDispose]());
beforeEach(async () => void (url = (await ada.file(id)).downloadUrl));

const get = async (headers: Record<string, string> = {}, method = 'GET') => {
  const response = await fetch(url, { method, headers });
  return { response, status: response.status, body: Buffer.from(await response.arrayBuffer()) };
};

test('the whole file, with headers that keep it from running anything', async () => {
  const { response, status, body } = await get();
  expect([status, body.equals(CONTENT)]).toEqual([200, true]);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'accept-ranges': 'bytes',
    'content-length': '1000',
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="U_bersicht _2026_.bin"; filename*=UTF-8''%C3%9Cbersicht%20_2026_.bin`,
    'content-security-policy': expect.stringContaining('sandbox'),
    'x-content-type-options': 'nosniff',
    etag: `"${(await ada.file(id)).sha256}"`,
  });
});

test.each([
  ['bytes=0-0', 0, 0],
  ['bytes=10-19', 10, 19],
  ['bytes=990-', 990, 999],
  ['bytes=-5', 995, 999],
  ['bytes=-5000', 0, 999],
  ['bytes=900-5000', 900, 999],
])('range %s', async (range, start, end) => {
  const { response, status, body } = await get({ range });
  expect([status, response.headers.get('content-range')]).toEqual([206, `bytes ${start}-${end}/1000`]);
  expect(body.equals(CONTENT.subarray(start, end + 1))).toBe(true);
});

test('ranges that cannot be satisfied, and those that are ignored', async () => {
  for (const range of ['bytes=1000-', 'bytes=5000-6000', 'bytes=-0']) {
    const { response, status } = await get({ range });
    expect([range, status, response.headers.get('content-range')]).toEqual([range, 416, 'bytes */1000']);
  }
  for (const range of ['bytes=5-2', 'bytes=a-b', 'items=0-1', 'bytes=0-1,5-6', 'bytes=-', 'bytes=--1'])
    expect([range, (await get({ range })).status]).toEqual([range, 200]);
});

test('validators: If-None-Match and If-Range', async () => {
  const etag = (await get()).response.headers.get('etag')!;
  expect((await get({ 'if-none-match': etag })).status).toBe(304);
  expect((await get({ 'if-none-match': `"other", W/${etag}` })).status).toBe(304);
  expect((await get({ 'if-none-match': '"other"' })).status).toBe(200);
  expect((await get({ range: 'bytes=0-1', 'if-range': etag })).status).toBe(206);
  expect((await get({ range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200);
});

test('HEAD has the headers and no body; other methods are refused', async () => {
  const { response, body } = await get({}, 'HEAD');
  expect([response.status, response.headers.get('content-length'), body.length]).toEqual([200, '1000', 0]);
  expect((await get({}, 'DELETE')).status).toBe(405);
});

test('an altered URL is refused, and an old one', async () => {
  expect((await fetch(url.slice(0, -1) + (url.endsWith('A') ? 'B' : 'A'))).status).toBe(403);
  const { until } = JSON.parse(Buffer.from(url.split('/').at(-1)!.split('.')[0]!, 'base64url').toString());
  const now = jest.spyOn(Date, 'now').mockReturnValue(until * 1000 - 1);
  try {
    expect((await fetch(url)).status).toBe(200);
    now.mockReturnValue(until * 1000);
    expect((await fetch(url)).status).toBe(403);
  } finally {
    now.mockRestore();
  }
});

test('types that could run scripts are attachments', () => {
  for (const type of [
    'text/html',
    'image/svg+xml',
    'application/xml',
    'text/xml',
    'application/xhtml+xml',
    'text/javascript',
  ])
    expect(contentDisposition(type, 'x', true)).toMatch(/^attachment;/);
  for (const type of ['image/png', 'application/pdf', 'video/mp4'])
    expect(contentDisposition(type, 'x', true)).toMatch(/^inline;/);
  for (const type of ['image/png', 'application/pdf'])
    expect(contentDisposition(type, 'x', false)).toMatch(/^attachment;/);
});

test('names that Windows reserves get another one on disk', () => {
  expect(contentDisposition('x/y', 'con.txt', false)).toContain('filename="_con.txt"');
  expect(contentDisposition('x/y', 'a.exe. ', false)).toContain('filename="a.exe__"');
  expect(contentDisposition('x/y', 'a\r\nb: c', false)).not.toMatch(/[\r\n]/);
});

test('an empty file satisfies no range', () => {
  expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable');
  expect(parseRange('bytes=-1', 0)).toBe('unsatisfiable');
});
