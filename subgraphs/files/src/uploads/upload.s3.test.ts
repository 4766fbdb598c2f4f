/** Uploads, downloads and deletion on a real S3 server, which also fails and answers slowly. */
import type { FeatureSubgraph } from '@chat/kit/graphql/feature-subgraph';
import { eventually } from '@chat/kit/testing/eventually';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { FilesParts } from '../feature';
import { FaultyS3 } from '../testing/faulty-s3';
import { createTestBucket } from '../testing/swift';
import { startTestFiles, type Begun, type TestFiles, type Uploader } from '../testing/test-files';

/** One whole part of a multipart upload and a rest. */
const CONTENT = randomBytes(6 * 1024 * 1024 + 17);
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
/** More failures than the attempts of any request. */
const FOR_EVER = 1_000_000;

const parts = new AsyncDisposableStack();
let s3: FaultyS3;
let files: TestFiles;
let ada: Uploader;
beforeAll(async () => {
  const { endpoint, env } = await createTestBucket();
  s3 = parts.use(await FaultyS3.start(endpoint));
  files = parts.use(await startTestFiles({ ...env, STORAGE_ENDPOINT: s3.url }));
}, 120_000);
afterAll(() => parts.disposeAsync());
beforeEach(() => void (ada = files.person()));
afterEach(() => Object.assign(s3, { failures: 0, failing: /^/, delayMs: 0 }));

const begin = () => ada.begins({ name: 'big.bin', size: CONTENT.length, sha256: SHA256 });

const TUS = { 'tus-resumable': '1.0.0' };
const patch = ({ resumableUrl }: Begun, offset: number, end: number) =>
  fetch(resumableUrl, {
    method: 'PATCH',
    headers: { ...TUS, 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) },
    body: CONTENT.subarray(offset, end),
  });
const offsetOf = async ({ resumableUrl }: Begun) =>
  Number((await fetch(resumableUrl, { method: 'HEAD', headers: TUS })).headers.get('upload-offset'));

async function isWhole(id: string): Promise<void> {
  await ada.completes(id);
  await ada.sees(id, 'READY');
  expect(Buffer.from(await (await ada.downloads(id)).arrayBuffer()).equals(CONTENT)).toBe(true);
}

async function objectsOf(id: string): Promise<string[]> {
  const { store } = (files.subgraph as FeatureSubgraph<FilesParts, object>).parts;
  const keys: string[] = [];
  for await (const { key } of store.list()) if (key.includes(id)) keys.push(key);
  return keys;
}

test('a PUT goes to the store itself, ranges come from it, and deletion leaves no object', async () => {
  const begun = await begin();
  expect(new URL(begun.uploadUrl!).origin).toBe(s3.url);
  expect((await ada.puts(begun, CONTENT.subarray(1))).status).toBe(403); // the signature covers the length
  expect((await ada.puts(begun, CONTENT)).status).toBe(200);
  const { id } = begun.file;
  await isWhole(id);
  const range = await ada.downloads(id, { range: 'bytes=5242870-5242889' });
  expect([range.status, range.headers.get('content-range')]).toEqual([206, `bytes 5242870-5242889/${CONTENT.length}`]);
  expect(Buffer.from(await range.arrayBuffer()).equals(CONTENT.subarray(5_242_870, 5_242_890))).toBe(true);
  expect(await objectsOf(id)).toEqual([`blobs/${id}`]);
  await ada.does('mutation ($id: ID!) { deleteFile(id: $id) }', { id });
  await eventually(async () => expect(await objectsOf(id)).toEqual([]), 'the removal of all objects');
});

test('tus resumes on both sides of a part’s end, and a lost answer repeats no byte', async () => {
  const begun = await begin();
  const ends = [100, 5_242_879, 5_242_880, 5_242_881, CONTENT.length];
  let offset = 0;
  for (const end of ends) {
    await (await patch(begun, offset, end)).arrayBuffer();
    expect(await offsetOf(begun)).toBe(end);
    if (end < CONTENT.length) expect(await ada.cannotComplete(begun.file.id)).toMatchObject({ received: end });
    offset = end;
  }
  await isWhole(begun.file.id);
});

test('a single 500 is repeated, and a store that keeps failing is an outage that loses nothing', async () => {
  const begun = await begin();
  await ada.puts(begun, CONTENT);
  s3.failures = 1;
  await isWhole(begun.file.id);
  expect(s3.failed).toBeGreaterThan(0);

  const other = await begin();
  await ada.puts(other, CONTENT);
  s3.failures = FOR_EVER;
  expect(await ada.cannotComplete(other.file.id)).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  const away = await ada.downloads(begun.file.id);
  expect([away.status, await away.json()]).toMatchObject([
    503,
    { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] },
  ]);
  s3.failures = 0;
  expect((await ada.file(other.file.id)).status).toBe('PENDING');
  await isWhole(other.file.id);
  await isWhole(begun.file.id);
});

test('a resumable upload during an outage fails and then goes on', async () => {
  const begun = await begin();
  await (await patch(begun, 0, 1000)).arrayBuffer();
  s3.failures = FOR_EVER;
  expect((await patch(begun, 1000, CONTENT.length)).status).toBe(503);
  s3.failures = 0;
  const offset = await offsetOf(begun);
  expect(offset).toBeGreaterThanOrEqual(1000);
  await (await patch(begun, offset, CONTENT.length)).arrayBuffer();
  await isWhole(begun.file.id);
});

test('parts that S3 refuses leave no file open, and no file at all', async () => {
  const begun = await begin();
  await (await patch(begun, 0, 1000)).arrayBuffer();
  const before = await temporaryFiles();
  Object.assign(s3, { failures: FOR_EVER, failing: /^PUT .*partNumber=/ });
  for (let attempt = 0; attempt < 3; attempt++) expect((await patch(begun, 1000, CONTENT.length)).status).toBe(503);
  s3.failures = 0;
  expect(await temporaryFiles()).toEqual(before);
  expect(await offsetOf(begun)).toBe(1000);
  await (await patch(begun, 1000, CONTENT.length)).arrayBuffer();
  await isWhole(begun.file.id);
});

/** Those that this process has open, and those of parts. */
async function temporaryFiles(): Promise<string[]> {
  const open = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  const parts = (await readdir(tmpdir())).filter((name) => /^[\w-]{10}-\d+$|^chat-file-parts-/.test(name));
  return [...open.filter((path) => path.startsWith(`${tmpdir()}/`)), ...parts].sort();
}

test('an upload whose parts were removed in S3 begins again, and is not taken for complete', async () => {
  const begun = await begin();
  await (await patch(begun, 0, 5_500_000)).arrayBuffer();
  expect(await offsetOf(begun)).toBe(5_500_000);
  const { store } = (files.subgraph as FeatureSubgraph<FilesParts, object>).parts;
  expect(await store.removeAbandoned(new Date(Date.now() - 60_000))).toBe(0);
  expect(await offsetOf(begun)).toBe(5_500_000);
  expect(await store.removeAbandoned(new Date(Date.now() + 60_000))).toBeGreaterThan(0);
  expect(await ada.cannotComplete(begun.file.id)).toMatchObject({ code: 'CONFLICT', received: 0 });
  expect(await offsetOf(begun)).toBe(0);
  await (await patch(begun, 0, CONTENT.length)).arrayBuffer();
  await isWhole(begun.file.id);
});

test('a slow store only takes time', async () => {
  s3.delayMs = 150;
  const begun = await begin();
  await ada.puts(begun, CONTENT);
  await isWhole(begun.file.id);
});
