/** Uploads under attack: races of requests for one upload, bytes after the end, and storage beyond quotas. */
import { eventually } from '@chat/kit/testing/eventually';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { request as httpRequest, type ClientRequest } from 'node:http';
import { join } from 'node:path';
import { startTestFiles, type Begun, type TestFiles, type Uploader } from '../testing/test-files';

const CHUNK = 10_000;
const CONTENT = Buffer.alloc(3 * CHUNK, 'abc');
const TUS = { 'tus-resumable': '1.0.0' };

let files: TestFiles;
let ada: Uploader;
beforeAll(async () => void (files = await startTestFiles({ FILE_QUOTA_BYTES: '10000000' })));
afterAll(() => files[Symbol.asyncDispose]());
beforeEach(() => void (ada = files.person()));

const head = (begun: Begun) => fetch(begun.resumableUrl, { method: 'HEAD', headers: TUS });
const patch = (begun: Begun, offset: number, content: Uint8Array) =>
  fetch(begun.resumableUrl, {
    method: 'PATCH',
    headers: { ...TUS, 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) },
    body: Buffer.from(content),
  });

/** The bytes of all objects and drafts of a file, or of the whole store. */
function stored(id = ''): number {
  const root = join(files.folder, 'files');
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && (entry.name.includes(id) || entry.parentPath.includes('partial')))
    .reduce(
      (sum, { parentPath, name }) => sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
}

/** A PUT that sends a part of its bytes and waits. */
async function slowPut({ uploadUrl, headers }: Begun, part: Buffer): Promise<ClientRequest> {
  const given = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
  const request = httpRequest(uploadUrl!, { method: 'PUT', headers: { ...given, 'content-length': CONTENT.length } });
  request.on('error', () => undefined);
  await new Promise<void>((sent) => request.write(part, () => sent()));
  return request;
}

test('the first requests of an upload may come at once: no byte that was acknowledged is lost', async () => {
  for (let round = 0; round < 15; round++) {
    const begun = await ada.begins({ size: CONTENT.length });
    const asks = () => Array.from({ length: 3 }, () => head(begun));
    const [answer] = await Promise.all([patch(begun, 0, CONTENT.subarray(0, CHUNK)), ...asks(), ...asks()]);
    expect(answer.status).toBe(204);
    expect((await head(begun)).headers.get('upload-offset')).toBe(String(CHUNK));
  }
});

test('parallel writes of one chunk: one is accepted, and the file has the right bytes', async () => {
  const begun = await ada.begins({ size: CONTENT.length });
  const answers = await Promise.all([0, 1, 2, 3].map(() => patch(begun, 0, CONTENT)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 204)).toHaveLength(1);
  await ada.completes(begun.file.id);
  await ada.sees(begun.file.id, 'READY');
  expect(Buffer.from(await (await ada.downloads(begun.file.id)).arrayBuffer()).equals(CONTENT)).toBe(true);
});

test('a slow PUT that ends after the completion changes nothing and leaves nothing', async () => {
  const begun = await ada.begins({ size: CONTENT.length });
  const { id } = begun.file;
  const slow = await slowPut(begun, Buffer.alloc(CHUNK, 'X'));
  // If it arrived after the other PUT, it would be the one that counts.
  await eventually(() => readdirSync(join(files.folder, 'files/partial')).length > 0, 'the draft of the slow PUT');
  // The connection stays open in the kernel even if the server has given up reading it.
  const answered = once(slow, 'response').then(
    ([response]) => (response as { statusCode: number }).statusCode,
    () => 'closed',
  );
  expect((await ada.puts(begun, CONTENT)).status).toBe(204);
  await ada.completes(id);
  await ada.sees(id, 'READY');
  slow.end(Buffer.alloc(CONTENT.length - CHUNK, 'X'));
  expect([409, 'closed']).toContain(await answered);
  expect(Buffer.from(await (await ada.downloads(id)).arrayBuffer()).equals(CONTENT)).toBe(true);
  const derived = (await ada.file(id)).metadata === null ? 0 : CONTENT.length;
  await eventually(() => expect(stored(id)).toBeLessThanOrEqual(CONTENT.length + derived), 'the end of the draft');
});

test('many PUTs of one URL at once take the room of one', async () => {
  const begun = await ada.begins({ size: CONTENT.length });
  const drafts = () => readdirSync(join(files.folder, 'files/partial'));
  const seen = new Set<string>();
  const puts = [];
  for (let index = 0; index < 8; index++) {
    puts.push(await slowPut(begun, CONTENT.subarray(1)));
    await eventually(() => {
      const [draft, ...more] = drafts();
      expect([more.length, draft !== undefined && !seen.has(draft)]).toEqual([0, true]);
      seen.add(draft!);
    }, 'one new draft and no old one');
  }
  expect((await ada.puts(begun, CONTENT)).status).toBe(204);
  for (const put of puts) put.destroy();
  await ada.completes(begun.file.id);
  await ada.sees(begun.file.id, 'READY');
});

test('uploads without a length cannot be begun without end', async () => {
  const begin = 'mutation ($input: BeginUploadInput!) { beginUpload(input: $input) { file { id } } }';
  for (let index = 0; index < 20; index++) await ada.begins({ size: null });
  expect(await ada.isRefused(begin, { input: { name: 'x' } })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  await ada.begins({ size: 1 });
  await files.person().begins({ size: null });
});

test('an upload without a length ends at the quota', async () => {
  const begun = await ada.begins({ size: null });
  await ada.begins({ size: 9_990_000 });
  expect((await patch(begun, 0, CONTENT)).status).toBe(413);
  expect((await head(begun)).headers.get('upload-offset')).toBe('0');
});

test('URLs with anything behind them are not valid', async () => {
  const begun = await ada.begins({ size: CONTENT.length });
  for (const url of [`${begun.uploadUrl}/x`, `${begun.uploadUrl}/`, `${begun.uploadUrl}.x`, `${begun.uploadUrl}%00`])
    expect([url, (await fetch(url, { method: 'PUT', body: CONTENT })).status]).toEqual([url, 403]);
  expect((await fetch(`${begun.resumableUrl}/../x`, { method: 'HEAD', headers: TUS })).status).not.toBe(200);
  expect((await ada.puts(begun, CONTENT)).status).toBe(204);
});
