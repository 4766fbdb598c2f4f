/** Uploads by PUT: accepted and refused ones in one set-up, over real HTTP. */
import { newId } from '@chat/kit/ids';
import { createHash } from 'node:crypto';
import { startTestFiles, type Body, type TestFiles, type Uploader } from '../testing/test-files';

const CONTENT = Buffer.from('The quick brown fox jumps over the lazy dog.\n'.repeat(100));
const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

let files: TestFiles;
let ada: Uploader;
let bob: Uploader;
beforeAll(async () => void (files = await startTestFiles({ FILE_MAX_BYTES: '1000000', FILE_QUOTA_BYTES: '2000000' })));
afterAll(() => files[Symbol.asyncDispose]());
beforeEach(() => {
  ada = files.person();
  bob = files.person();
});

test('an upload becomes a file that can be downloaded', async () => {
  const begun = await ada.begins({
    name: 'fox.txt',
    size: CONTENT.length,
    mimeType: 'text/plain',
    sha256: sha256(CONTENT),
  });
  expect(begun).toMatchObject({ file: { status: 'PENDING' }, method: 'PUT' });
  expect((await ada.puts(begun, CONTENT)).status).toBe(204);
  const { id } = begun.file;
  expect(await ada.completes(id)).toMatchObject({ id });
  await ada.sees(id, 'READY');
  const file = await ada.file(id);
  expect(file).toMatchObject({ name: 'fox.txt', size: CONTENT.length, sha256: sha256(CONTENT), owner: { id: ada.id } });
  const response = await fetch(file.downloadUrl);
  expect(response.status).toBe(200);
  expect(Buffer.from(await response.arrayBuffer()).equals(CONTENT)).toBe(true);
});

test('bytes are not downloadable before the upload is complete, and never by strangers', async () => {
  const begun = await ada.begins({ size: CONTENT.length });
  await ada.puts(begun, CONTENT);
  const { id } = begun.file;
  expect((await ada.file(id)).downloadUrl).toBeNull();
  expect(await bob.isRefused('query ($id: ID!) { file(id: $id) { id } }', { id })).toEqual({ code: 'NOT_FOUND' });
  expect(await bob.cannotComplete(id)).toEqual({ code: 'NOT_FOUND' });
});

test('parallel completions verify once and agree', async () => {
  const begun = await ada.begins({ size: CONTENT.length });
  await ada.puts(begun, CONTENT);
  const another = files.elsewhere(ada, await files.startAnother());
  const answers = await Promise.all([ada, another, ada, another].map((person) => person.completes(begun.file.id)));
  expect(new Set(answers.map(({ id }) => id))).toEqual(new Set([begun.file.id]));
  for (const { status } of answers) expect(['SCANNING', 'READY']).toContain(status);
});

test('a completion without its bytes is refused and leaves the upload open', async () => {
  const begun = await ada.begins({ size: CONTENT.length });
  expect(await ada.cannotComplete(begun.file.id)).toMatchObject({ code: 'CONFLICT', received: 0 });
  await ada.puts(begun, CONTENT);
  expect(await ada.completes(begun.file.id)).toMatchObject({ id: begun.file.id });
});

test('a wrong hash fails the file, and the right bytes can follow', async () => {
  const begun = await ada.begins({ size: CONTENT.length, sha256: sha256(CONTENT) });
  const wrong = Buffer.from(CONTENT).fill(0, 0, 1);
  await ada.puts(begun, wrong);
  expect(await ada.cannotComplete(begun.file.id)).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: { sha256: expect.stringContaining(sha256(wrong)) },
  });
  expect(await ada.file(begun.file.id)).toMatchObject({ status: 'FAILED', downloadUrl: null, sha256: null });
  expect(await ada.cannotComplete(begun.file.id)).toMatchObject({ code: 'CONFLICT' });
  expect((await ada.puts(begun, CONTENT)).status).toBe(204);
  await ada.completes(begun.file.id);
  await ada.sees(begun.file.id, 'READY');
});

test('the signed URL accepts one length and one type only', async () => {
  const begun = await ada.begins({ size: CONTENT.length, mimeType: 'text/plain' });
  const put = (content: Body, headers: Record<string, string>) =>
    fetch(begun.uploadUrl!, { method: 'PUT', headers, body: content, duplex: 'half' });
  const text = { 'content-type': 'text/plain' };
  expect((await put(CONTENT.subarray(1), text)).status).toBe(400);
  expect((await put(Buffer.concat([CONTENT, CONTENT]), text)).status).toBe(413);
  expect((await put(CONTENT, { 'content-type': 'text/html' })).status).toBe(415);
  // Without a length in advance, the bytes are counted.
  const chunked = (content: Uint8Array) => new Blob([Buffer.from(content)]).stream() as Body;
  expect((await put(chunked(CONTENT.subarray(1)), text)).status).toBe(400);
  expect((await put(chunked(Buffer.concat([CONTENT, CONTENT])), text)).status).toBe(413);
  expect(await ada.cannotComplete(begun.file.id)).toMatchObject({ code: 'CONFLICT', received: 0 });
  expect((await put(chunked(CONTENT), text)).status).toBe(204);
  expect((await fetch(begun.uploadUrl!, { method: 'POST', body: CONTENT })).status).toBe(405);
});

test('an altered or foreign URL is refused', async () => {
  const begun = await ada.begins({ size: CONTENT.length });
  const [payload = '', mac = ''] = begun.uploadUrl!.split('/').at(-1)!.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const forged = Buffer.from(JSON.stringify({ ...claims, size: 999_999 })).toString('base64url');
  const base = begun.uploadUrl!.slice(0, begun.uploadUrl!.lastIndexOf('/') + 1);
  for (const url of [`${base}${forged}.${mac}`, `${base}${payload}`, `${base}${payload}.${mac}x`, `${base}`])
    expect((await fetch(url, { method: 'PUT', body: CONTENT })).status).toBe(403);
  // A token of one kind is none of another.
  expect((await fetch(begun.resumableUrl.replace('/tus/', '/put/'), { method: 'PUT', body: CONTENT })).status).toBe(
    403,
  );
  expect((await fetch(begun.uploadUrl!.replace('/put/', '/get/'))).status).toBe(403);
});

test('the URLs of an upload end with it', async () => {
  const begun = await ada.begins({ size: CONTENT.length });
  // A URL ends at a full second.
  const now = jest.spyOn(Date, 'now').mockReturnValue(Date.parse(begun.expiresAt) + 1000);
  try {
    expect((await ada.puts(begun, CONTENT)).status).toBe(403);
    for (const method of ['HEAD', 'PATCH', 'POST', 'DELETE'])
      expect((await fetch(begun.resumableUrl, { method, headers: { 'tus-resumable': '1.0.0' } })).status).toBe(403);
  } finally {
    now.mockRestore();
  }
  expect((await ada.puts(begun, CONTENT)).status).toBe(204);
});

test('a PUT that is cut off leaves the upload open, and no byte of it counts', async () => {
  const begun = await ada.begins({ size: CONTENT.length });
  const cut = new ReadableStream({
    start: (body) => body.enqueue(CONTENT.subarray(0, 100)),
    pull: (body) => body.error(new Error('the connection broke')),
  });
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(CONTENT.length) };
  await expect(
    fetch(begun.uploadUrl!, { method: 'PUT', headers, body: cut as Body, duplex: 'half' }),
  ).rejects.toThrow();
  expect(await ada.cannotComplete(begun.file.id)).toMatchObject({ code: 'CONFLICT', received: 0 });
  await ada.puts(begun, CONTENT);
  await ada.completes(begun.file.id);
  await ada.sees(begun.file.id, 'READY');
});

test('an upload that has ended accepts nothing', async () => {
  const begun = await ada.begins({ size: CONTENT.length });
  await ada.puts(begun, CONTENT);
  await ada.completes(begun.file.id);
  expect((await ada.puts(begun, CONTENT)).status).toBe(409);
});

test('limits of one file, of an account, and of guests', async () => {
  const begin = 'mutation ($input: BeginUploadInput!) { beginUpload(input: $input) { file { id } } }';
  const refusal = (person: Uploader, input: object) => person.isRefused(begin, { input: { name: 'x', ...input } });
  expect(await refusal(ada, { size: 1_000_001 })).toMatchObject({ code: 'LIMIT_EXCEEDED', what: 'bytes' });
  expect(await refusal(ada, { size: -1 })).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await refusal(ada, { size: 1, sha256: 'no hash' })).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await refusal(ada, { size: 1, mimeType: 'text\r\nx: y' })).toMatchObject({ code: 'BAD_USER_INPUT' });
  await ada.begins({ size: 1_000_000 });
  await ada.begins({ size: 1_000_000 });
  expect(await refusal(ada, { size: 1 })).toMatchObject({ code: 'LIMIT_EXCEEDED', what: 'quota' });
  await bob.begins({ size: 1 });
  expect(await refusal(files.person('GUEST'), { size: 1 })).toMatchObject({ code: 'FORBIDDEN' });
});

test('parallel uploads cannot exceed a quota together', async () => {
  const begins = Array.from({ length: 6 }, () =>
    ada.begins({ size: 500_000 }).then(
      () => 'begun',
      () => 'refused',
    ),
  );
  expect((await Promise.all(begins)).sort()).toEqual([...Array(4).fill('begun'), ...Array(2).fill('refused')]);
});

test('an empty file is a file', async () => {
  const id = await ada.uploads(Buffer.alloc(0), { name: 'empty' });
  const response = await ada.downloads(id);
  expect([response.status, await response.text()]).toEqual([200, '']);
});

test('names are kept as they are or refused', async () => {
  const begin = 'mutation ($input: BeginUploadInput!) { beginUpload(input: $input) { file { name } } }';
  for (const name of [
    '…',
    ' a ',
    'con.txt',
    '.htaccess',
    'ÄÖÜß.pdf',
    '文件.txt',
    '$(rm -rf)',
    '<script>',
    "';--",
    '%2e%2e',
    '👩‍🚀.png',
  ])
    expect(await ada.does(begin, { input: { name, size: 0 } })).toEqual({ beginUpload: { file: { name } } });
  const refused = [
    '',
    ' ',
    '.',
    '..',
    '../etc/passwd',
    'a/b',
    'a\\b',
    'a\0b',
    'a\nb',
    'a\u202ecod.exe',
    'x'.repeat(10_000),
    '\ud800',
  ];
  for (const name of refused)
    expect(await ada.isRefused(begin, { input: { name, size: 0 } })).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('an unknown file cannot be completed', async () => {
  for (const id of [newId(), 'x']) expect(await ada.cannotComplete(id)).toEqual({ code: 'NOT_FOUND' });
});
