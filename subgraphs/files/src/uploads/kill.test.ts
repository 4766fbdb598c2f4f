/** A files process is killed by SIGKILL in every phase of an upload, over both stores. Afterwards there is either no file or a whole one. */
import { eventually } from '@chat/kit/testing/eventually';
import { Client } from 'pg';
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { FilesProcess, START_MS } from '../testing/files-process';
import type { Begun } from '../testing/test-files';
import { loadConfig } from '@chat/kit/config';
import { z } from 'zod';
import { storageVariables } from '../config';
import type { FileStore } from '../storage/file-store';
import { openStore } from '../storage/open-store';
import { createTestBucket } from '../testing/swift';
import { checkObjects } from '../storage/check-objects';

const CONTENT = randomBytes(16_000_000);
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

let files: FilesProcess;
let store: FileStore;

const begin = () => files.begin({ size: CONTENT.length, sha256: SHA256 });

/** Sends half of the bytes and keeps the connection open. */
async function sendHalf(url: string, method: string, more: Record<string, string>): Promise<void> {
  const sent = request(url, { method, headers: { 'content-length': CONTENT.length, ...more } });
  sent.on('error', () => undefined);
  await new Promise<void>((done) => sent.write(CONTENT.subarray(0, CONTENT.length / 2), () => done()));
}

const put = ({ uploadUrl }: Begun) =>
  fetch(uploadUrl!, { method: 'PUT', headers: { 'content-type': 'application/octet-stream' }, body: CONTENT });

const TUS = { 'tus-resumable': '1.0.0', 'content-type': 'application/offset+octet-stream' };
async function resume({ resumableUrl }: Begun): Promise<number> {
  const head = await fetch(resumableUrl, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } });
  const offset = Number(head.headers.get('upload-offset'));
  const rest = CONTENT.subarray(offset);
  await fetch(resumableUrl, { method: 'PATCH', headers: { ...TUS, 'upload-offset': String(offset) }, body: rest });
  return offset;
}

/** No row without its bytes, and no file that is not whole. */
async function isConsistent(): Promise<void> {
  const client = new Client({ connectionString: files.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ key: string; size: number; sha256: string }>(
      'select key, size, sha256 from files.blobs',
    );
    const execute = async (sql: string, values: unknown[]) =>
      sql.includes('order by key') ? rows.filter(({ key }) => key > String(values[0])) : [];
    const { problems } = await checkObjects(() => ({ execute }) as never, store);
    expect(problems.filter(({ problem }) => problem !== 'stray')).toEqual([]);
    for (const { size, sha256 } of rows) expect([size, sha256]).toEqual([CONTENT.length, SHA256]);
  } finally {
    await client.end();
  }
}

async function becomesWhole(id: string): Promise<void> {
  const { errors } = await files.complete(id);
  expect(errors).toBeUndefined();
  await eventually(async () => (await files.fileOf(id)).status === 'READY', 'a file that is READY', 60_000);
  const response = await fetch((await files.fileOf(id)).downloadUrl!);
  const hash = createHash('sha256').update(Buffer.from(await response.arrayBuffer()));
  expect(hash.digest('hex')).toBe(SHA256);
}

/** Kills the process `ms` after a completion began. The client completes again, and the file is whole. */
async function killDuringCompletion(id: string, ms: number): Promise<void> {
  const answer = files.complete(id).catch(() => undefined);
  await sleep(ms);
  await files.kill();
  await answer;
  await isConsistent();
  await files.start();
  await becomesWhole(id);
  await isConsistent();
}

describe('on a local disk', () => {
  beforeAll(async () => {
    files = await FilesProcess.create();
    store = await openStore(loadConfig(z.object(storageVariables), { DATA_DIR: files.folder }));
  }, START_MS);
  afterAll(() => files[Symbol.asyncDispose]());

  test(
    'kill -9 while bytes arrive: by PUT nothing remains, by tus the offset does',
    async () => {
      const [byPut, byTus] = [await begin(), await begin()];
      await Promise.all([
        sendHalf(byPut.uploadUrl!, 'PUT', { 'content-type': 'application/octet-stream' }),
        sendHalf(byTus.resumableUrl, 'PATCH', { ...TUS, 'upload-offset': '0' }),
      ]);
      await files.kill();
      await files.start();
      expect(await files.fileOf(byPut.file.id)).toEqual({ status: 'PENDING', downloadUrl: null });
      expect((await files.complete(byPut.file.id)).errors![0]!.extensions.code).toBe('CONFLICT');
      await isConsistent();
      expect((await put(byPut)).status).toBe(204);
      await becomesWhole(byPut.file.id);
      expect(await resume(byTus)).toBeLessThanOrEqual(CONTENT.length / 2);
      await becomesWhole(byTus.file.id);
      await isConsistent();
    },
    3 * START_MS,
  );

  test.each([0, 15, 60])(
    'kill -9 %i ms after the completion began: the client completes again',
    async (ms) => {
      const begun = await begin();
      await put(begun);
      await killDuringCompletion(begun.file.id, ms);
    },
    2 * START_MS,
  );
});

describe('on S3', () => {
  const parts = new AsyncDisposableStack();
  beforeAll(async () => {
    const { env } = await createTestBucket();
    files = parts.use(await FilesProcess.create(undefined, undefined, env));
    store = await openStore(loadConfig(z.object(storageVariables), env));
  }, 2 * START_MS);
  afterAll(() => parts.disposeAsync());

  test(
    'kill -9 while a part arrives and while the completion runs',
    async () => {
      const begun = await begin();
      await sendHalf(begun.resumableUrl, 'PATCH', { ...TUS, 'upload-offset': '0' });
      await files.kill();
      await isConsistent();
      await files.start();
      expect(await files.fileOf(begun.file.id)).toEqual({ status: 'PENDING', downloadUrl: null });
      expect(await resume(begun)).toBeLessThanOrEqual(CONTENT.length / 2);
      await killDuringCompletion(begun.file.id, 15);
    },
    3 * START_MS,
  );
});
