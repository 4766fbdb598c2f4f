/** Resumable uploads by tus-js-client and by bare requests, over real HTTP. */
import { inTime } from '@chat/kit/testing/eventually';
import { TcpProxy } from '@chat/kit/testing/tcp-proxy';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getDefaultHighWaterMark } from 'node:stream';
import { type PreviousUpload, Upload, type UploadOptions, type UrlStorage } from 'tus-js-client';
import { startTestFiles, type Begun, type TestFiles, type Uploader } from '../testing/test-files';

const CHUNK = 10_000;
const CONTENT = randomBytes(5 * CHUNK + 123);
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

let files: TestFiles;
let ada: Uploader;
beforeAll(async () => void (files = await startTestFiles()));
afterAll(() => files[Symbol.asyncDispose]());
beforeEach(() => void (ada = files.person()));

/** Uploads by tus-js-client; resolves when it succeeds. */
const byClient = (options: UploadOptions, content = CONTENT) =>
  inTime(
    'a tus upload',
    new Promise<void>((resolve, reject) => {
      new Upload(content, {
        retryDelays: [0, 10, 50],
        ...options,
        onSuccess: () => resolve(),
        onError: reject,
      }).start();
    }),
  );

const TUS = { 'tus-resumable': '1.0.0' };
const head = async (begun: Begun) => {
  const { status, headers } = await fetch(begun.resumableUrl, { method: 'HEAD', headers: TUS });
  return { status, offset: Number(headers.get('upload-offset')), length: headers.get('upload-length') };
};
const patch = (begun: Begun, offset: number, content: Uint8Array, more: Record<string, string> = {}) =>
  fetch(begun.resumableUrl, {
    method: 'PATCH',
    headers: { ...TUS, 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset), ...more },
    body: Buffer.from(content),
  });

const isWhole = async (id: string, content = CONTENT) => {
  await ada.completes(id);
  await ada.sees(id, 'READY');
  expect(Buffer.from(await (await ada.downloads(id)).arrayBuffer()).equals(content)).toBe(true);
};

const begin = (size: number | null = CONTENT.length) => ada.begins({ size, sha256: SHA256 });

test('a client creates the upload at the URL', async () => {
  const begun = await begin();
  await byClient({ endpoint: begun.resumableUrl, chunkSize: CHUNK });
  await isWhole(begun.file.id);
});

test('behind a proxy, every URL has the public address', async () => {
  const PUBLIC_URL = 'https://chat.example.org';
  await using behind = await startTestFiles({ PUBLIC_URL });
  const proxy = createServer((request, response) => void behind.subgraph.handleHttp!(request, response));
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  try {
    const through = (url: string) =>
      url.replace(PUBLIC_URL, `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    const person = behind.person();
    const { file, resumableUrl, uploadUrl } = await person.begins({ size: CONTENT.length, sha256: SHA256 });
    expect([resumableUrl, uploadUrl].map((url) => new URL(url!).origin)).toEqual([PUBLIC_URL, PUBLIC_URL]);
    const headers = { ...TUS, 'upload-length': String(CONTENT.length) };
    const created = await fetch(through(resumableUrl), { method: 'POST', headers });
    expect([created.status, created.headers.get('location')]).toEqual([201, resumableUrl]);
    await fetch(through(uploadUrl!), { method: 'PUT', body: CONTENT });
    await person.completes(file.id);
    await person.sees(file.id, 'READY');
    const { downloadUrl } = await person.file(file.id);
    expect(new URL(downloadUrl).origin).toBe(PUBLIC_URL);
    expect(Buffer.from(await (await fetch(through(downloadUrl))).arrayBuffer()).equals(CONTENT)).toBe(true);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});

test('a client continues the upload at the URL without creating it', async () => {
  const begun = await begin();
  await byClient({ uploadUrl: begun.resumableUrl, chunkSize: CHUNK });
  await isWhole(begun.file.id);
});

test('a client sends data with the creation', async () => {
  const begun = await begin();
  await byClient({ endpoint: begun.resumableUrl, chunkSize: CHUNK, uploadDataDuringCreation: true });
  await isWhole(begun.file.id);
});

test('a client declares the length at the end', async () => {
  for (const size of [null, CONTENT.length]) {
    const begun = await begin(size);
    await byClient({ endpoint: begun.resumableUrl, chunkSize: CHUNK, uploadLengthDeferred: true });
    await isWhole(begun.file.id);
  }
});

test('interrupted at every chunk boundary, it resumes at the same byte', async () => {
  const begun = await begin();
  for (let offset = 0; offset < CONTENT.length; offset += CHUNK) {
    expect(await head(begun)).toEqual({ status: 200, offset, length: String(CONTENT.length) });
    expect(await ada.cannotComplete(begun.file.id)).toMatchObject({ code: 'CONFLICT', received: offset });
    // The answer is lost: the client only learns by HEAD how far it has come.
    await (await patch(begun, offset, CONTENT.subarray(offset, offset + CHUNK))).arrayBuffer();
  }
  expect(await head(begun)).toEqual({ status: 200, offset: CONTENT.length, length: String(CONTENT.length) });
  await isWhole(begun.file.id);
});

test('a connection that breaks in the middle of a chunk keeps the bytes that came', async () => {
  const begun = await begin();
  const url = new URL(begun.resumableUrl);
  const request = httpRequest(url, {
    method: 'PATCH',
    headers: {
      ...TUS,
      'content-type': 'application/offset+octet-stream',
      'upload-offset': 0,
      'content-length': CONTENT.length,
    },
  });
  request.on('error', () => undefined);
  await new Promise<void>((sent) => request.write(CONTENT.subarray(0, 2 * CHUNK), () => sent()));
  request.destroy();
  // HEAD waits for the lock of the broken request.
  const { offset } = await head(begun);
  expect(offset).toBeLessThanOrEqual(2 * CHUNK);
  await byClient({ uploadUrl: begun.resumableUrl, chunkSize: CHUNK });
  await isWhole(begun.file.id);
});

test.each([0, 2 * CHUNK])(
  'a page showed 100 % although only %i bytes arrived: after a reload, it goes on there and cannot complete before',
  async (arrived) => {
    // tus-js-client reports the progress of a request whenever the request's buffer is full.
    const content = randomBytes(arrived + getDefaultHighWaterMark(false));
    const begun = await ada.begins({ size: content.length });
    if (arrived > 0) await (await patch(begun, 0, content.subarray(0, arrived))).arrayBuffer();
    await using network = await TcpProxy.start(begun.resumableUrl);
    const remembered = new Map<string, PreviousUpload>();
    const urlStorage: UrlStorage = {
      findAllUploads: async () => [...remembered.values()],
      findUploadsByFingerprint: async () => [...remembered.values()],
      addUpload: async (key, upload) => (remembered.set(key, upload), key),
      removeUpload: async (key) => void remembered.delete(key),
    };
    const page: UploadOptions = { urlStorage, fingerprint: async () => 'file', retryDelays: null };
    await inTime(
      'a page that shows 100 %',
      new Promise<void>((resolve, reject) => {
        const upload = new Upload(content, {
          ...page,
          uploadUrl: network.url,
          // The network takes the bytes from the page, and they stay there.
          onBeforeRequest: (request) => void (request.getMethod() === 'PATCH' && network.freeze()),
          onProgress: (sent) => void (sent === content.length && void upload.abort().then(resolve, reject)),
          onError: reject,
        });
        upload.start();
      }),
    );
    network.cut();
    network.thaw();

    expect(await ada.cannotComplete(begun.file.id)).toMatchObject({ code: 'CONFLICT', received: arrived });
    expect(await ada.file(begun.file.id)).toMatchObject({ status: 'PENDING', downloadUrl: null });
    const offsets: unknown[] = [];
    await inTime(
      'the upload after a reload',
      new Promise<void>((resolve, reject) => {
        const upload = new Upload(content, {
          ...page,
          endpoint: begun.resumableUrl,
          onBeforeRequest: (request) =>
            void (request.getMethod() === 'PATCH' && offsets.push(request.getHeader('Upload-Offset'))),
          onSuccess: () => resolve(),
          onError: reject,
        });
        upload.findPreviousUploads().then(([previous]) => {
          upload.resumeFromPreviousUpload(previous!);
          upload.start();
        }, reject);
      }),
    );
    expect(offsets).toEqual([String(arrived)]);
    await isWhole(begun.file.id, content);
  },
);

test('after completion, HEAD still gives the full offset and nothing more is accepted', async () => {
  const begun = await begin();
  await byClient({ uploadUrl: begun.resumableUrl });
  await isWhole(begun.file.id);
  expect(await head(begun)).toEqual({ status: 200, offset: CONTENT.length, length: String(CONTENT.length) });
  expect((await patch(begun, 0, CONTENT)).status).toBe(410);
  expect((await fetch(begun.resumableUrl, { method: 'DELETE', headers: TUS })).status).toBe(410);
  expect((await ada.file(begun.file.id)).status).toBe('READY');
});

test('wrong offsets, lengths and sizes are refused', async () => {
  const begun = await begin();
  expect((await patch(begun, 5, CONTENT)).status).toBe(409);
  expect((await patch(begun, 0, Buffer.concat([CONTENT, CONTENT]))).status).toBe(413);
  const creation = (headers: Record<string, string>) =>
    fetch(begun.resumableUrl, { method: 'POST', headers: { ...TUS, ...headers } });
  expect((await creation({ 'upload-length': '5' })).status).toBe(400);
  expect((await creation({})).status).toBe(400);
  expect((await creation({ 'upload-length': String(CONTENT.length) })).headers.get('location')).toBe(
    begun.resumableUrl,
  );
  expect((await head(begun)).offset).toBe(0);
});

test('a client may terminate the upload and begin again', async () => {
  const begun = await begin();
  await patch(begun, 0, CONTENT.subarray(0, CHUNK));
  expect((await fetch(begun.resumableUrl, { method: 'DELETE', headers: TUS })).status).toBe(204);
  expect(await head(begun)).toMatchObject({ status: 200, offset: 0 });
  await byClient({ uploadUrl: begun.resumableUrl });
  await isWhole(begun.file.id);
});

test('OPTIONS names the extensions', async () => {
  const { status, headers } = await fetch((await begin()).resumableUrl, { method: 'OPTIONS' });
  expect([status, headers.get('tus-version')]).toEqual([204, '1.0.0']);
  expect(headers.get('tus-extension')!.split(',')).toEqual(
    expect.arrayContaining(['creation', 'creation-defer-length', 'termination']),
  );
});

test('another process continues the upload', async () => {
  const begun = await begin();
  await patch(begun, 0, CONTENT.subarray(0, CHUNK));
  const another = files.elsewhere(ada, await files.startAnother());
  expect(await another.cannotComplete(begun.file.id)).toMatchObject({ received: CHUNK });
  await byClient({ uploadUrl: begun.resumableUrl, chunkSize: CHUNK });
  expect(await another.completes(begun.file.id)).toMatchObject({ id: begun.file.id });
});
