/** Downloads under attack: other people's files, URLs of others, ranges, and names in headers. */
import { startTestFiles, type TestFiles, type Uploader } from '../testing/test-files';

const CONTENT = Buffer.from('The quick brown fox jumps over the lazy dog.');
const FILE = 'query ($id: ID!) { file(id: $id) { id name sha256 downloadUrl } }';

let files: TestFiles;
let ada: Uploader;
beforeAll(async () => {
  files = await startTestFiles();
  ada = files.person();
});
afterAll(() => files[Symbol.asyncDispose]());

test('a stranger learns nothing of a file, not even that the same bytes exist', async () => {
  const id = await ada.uploads(CONTENT);
  const bob = files.person();
  for (const person of [bob, files.person('GUEST'), files.person('MODERATOR')])
    expect(await person.isRefused(FILE, { id })).toEqual({ code: 'NOT_FOUND' });
  // The bytes have to be sent again, and the upload looks like any other.
  const begun = await bob.begins({ size: CONTENT.length, sha256: (await ada.file(id)).sha256 });
  expect(begun).toMatchObject({ file: { status: 'PENDING' }, uploadUrl: expect.any(String) });
  expect(await bob.cannotComplete(begun.file.id)).toMatchObject({ code: 'CONFLICT', received: 0 });
});

test('a token of one file does not open another, and nothing may follow it', async () => {
  const [first, second] = [await ada.uploads(CONTENT), await ada.uploads(Buffer.from('other'))];
  const { downloadUrl } = await ada.file(first);
  const [payload = '', mac = ''] = downloadUrl.split('/').at(-1).split('.') as string[];
  const base = downloadUrl.slice(0, downloadUrl.lastIndexOf('/') + 1) as string;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const forge = (changes: object) => Buffer.from(JSON.stringify({ ...claims, ...changes })).toString('base64url');
  for (const url of [
    `${base}${forge({ file: second })}.${mac}`,
    `${base}${forge({ until: 9_999_999_999 })}.${mac}`,
    `${base}${forge({ viewer: { id: first, roles: ['ADMIN'], permissions: ['MANAGE'] } })}.${mac}`,
    `${downloadUrl}/`,
    `${downloadUrl}/index.html`,
    `${downloadUrl}.html`,
    `${base}${payload}=.${mac}`,
    `${base}${payload}.${mac.toLowerCase()}`,
    `${base}`,
    `${base}%2e%2e%2f.${mac}`,
  ])
    expect([url, (await fetch(url)).status]).toEqual([url, 403]);
  expect(await (await fetch(downloadUrl)).text()).toBe(String(CONTENT));
});

test.each([
  [
    'a range for each byte',
    `bytes=${Array.from({ length: 500 }, (_, index) => `${index % 40}-${index % 40}`).join(',')}`,
    200,
  ],
  ['overlapping ranges', 'bytes=0-,0-,0-,0-,0-', 200],
  ['numbers beyond all files', 'bytes=99999999999999999999999999-', 416],
  ['an end beyond all files', 'bytes=0-99999999999999999999999999', 206],
  ['a negative range', 'bytes=-99999999999999999999999999', 206],
  ['digits of other scripts', 'bytes=\u0661-\u0662', 200],
  ['an exponent', 'bytes=1e1-2e1', 200],
  ['hexadecimal digits', 'bytes=0x1-0x2', 200],
])('%s', async (_, range, status) => {
  const id = await ada.uploads(CONTENT);
  const { downloadUrl } = await ada.file(id);
  const response = await fetch(downloadUrl, { headers: { range: Buffer.from(range).toString('latin1') } });
  const body = await response.text();
  expect(response.status).toBe(status);
  expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(body)));
  if (status !== 416) expect(body).toBe(String(CONTENT));
});

test('HEAD knows no ranges', async () => {
  const { downloadUrl } = await ada.file(await ada.uploads(CONTENT));
  const response = await fetch(downloadUrl, { method: 'HEAD', headers: { range: 'bytes=0-1' } });
  expect([response.status, response.headers.get('content-length')]).toEqual([200, String(CONTENT.length)]);
});

test.each([
  'a";filename="b.exe',
  "a';--",
  'a%0d%0aSet-Cookie: x=y',
  "\"; attachment; filename*=UTF-8''x.html",
  'résumé 文件 😀.pdf',
  '\u00a0\u2003a',
  'a\u0301\u0327',
  '`$(id)`',
  'x'.repeat(255),
  '文'.repeat(255),
])('the name %j stays within its header', async (name) => {
  const id = await ada.uploads(CONTENT, { name });
  expect((await ada.file(id)).name).toBe(name);
  const { headers } = await ada.downloads(id);
  expect(headers.get('set-cookie')).toBeNull();
  const disposition = headers.get('content-disposition')!;
  expect(disposition).toMatch(/^attachment; filename="[ -!#-~]*"; filename\*=UTF-8''[\w!#$&+\-.^`|~%]+$/);
  const decoded = decodeURIComponent(disposition.split("filename*=UTF-8''").at(-1)!);
  expect(decoded).toBe(name.replace(/[<>:"/\\|?*]/g, '_'));
});
