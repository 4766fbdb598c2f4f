/** One contract for all stores: local disk, and S3 by a real Swift. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { loadConfig } from '@chat/kit/config';
import { z } from 'zod';
import { filesVariables } from '../config';
import { createTestBucket } from '../testing/swift';
import { ObjectMissing, WrongLength, type FileStore } from './file-store';
import { openStore } from './open-store';
import { tusKey } from './keys';
import type { DeclaredSizes, ResumableUploads } from './resumable-uploads';

/** More than one part of a multipart upload, and less than a whole number of them. */
const BIG = randomBytes(18 * 1024 * 1024 + 5);

async function array<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The catalogue's place. */
class Sizes implements DeclaredSizes {
  private readonly sizes = new Map<string, number | null>();
  async get(fileId: string) {
    return this.sizes.get(fileId);
  }
  async set(fileId: string, size: number | null) {
    this.sizes.set(fileId, size);
  }
}

const open = (env: Record<string, string>) =>
  openStore(
    loadConfig(z.object(filesVariables), {
      DATABASE_URL: 'postgres://nobody@nowhere/none',
      REDIS_URL: 'redis://nowhere',
      SECRET_KEY: 'x'.repeat(32),
      ...env,
    }),
  );

async function openLocal(parts: AsyncDisposableStack): Promise<FileStore> {
  const folder = await mkdtemp(join(tmpdir(), 'chat-store-'));
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  return open({ DATA_DIR: folder });
}

async function openSwift(): Promise<FileStore> {
  return open((await createTestBucket()).env);
}

describe.each([
  ['local', openLocal],
  ['s3', openSwift],
] as const)('the %s store', (_type, openIt) => {
  const parts = new AsyncDisposableStack();
  let store: FileStore;
  let uploads: ResumableUploads;
  let name: string;
  beforeAll(async () => {
    store = parts.use(await openIt(parts));
    uploads = store.resumableUploads(new Sizes());
  }, 120_000);
  afterAll(() => parts.disposeAsync());
  beforeEach(() => void (name = randomBytes(8).toString('hex')));

  const read = async (key: string, range?: { start: number; end: number }) => buffer(await store.open(key, range));
  const write = (key: string, content: Buffer, size?: number) => store.write(key, Readable.from([content]), { size });
  const keys = async (prefix: string) => (await array(store.list(prefix))).map(({ key }) => key).sort();

  test('keeps what is written, whole or in ranges', async () => {
    for (const content of [Buffer.alloc(0), Buffer.from('short'), BIG]) {
      expect(await write(`blobs/${name}`, content, content.length)).toBe(content.length);
      expect(await store.stat(`blobs/${name}`)).toMatchObject({ key: `blobs/${name}`, size: content.length });
      expect((await read(`blobs/${name}`)).equals(content)).toBe(true);
    }
    for (const [start, end] of [
      [0, 0],
      [10, 8_388_700],
      [BIG.length - 1, BIG.length - 1],
    ] as const)
      expect((await read(`blobs/${name}`, { start, end })).equals(BIG.subarray(start, end + 1))).toBe(true);
  });

  test('a write of another length leaves nothing, or what was there', async () => {
    for (const [content, size] of [
      [Buffer.from('abc'), 2],
      [Buffer.from('abc'), 4],
      [BIG, BIG.length + 1],
    ] as const)
      await expect(write(`blobs/${name}`, content, size)).rejects.toThrow(WrongLength);
    expect(await store.stat(`blobs/${name}`)).toBeNull();
    await write(`blobs/${name}`, Buffer.from('first'));
    const broken = Readable.from(
      (async function* () {
        yield BIG.subarray(0, 9_000_000);
        throw new Error('the connection broke');
      })(),
    );
    await expect(store.write(`blobs/${name}`, broken)).rejects.toThrow('the connection broke');
    expect((await read(`blobs/${name}`)).toString()).toBe('first');
    expect(await store.removeAbandoned(new Date(Date.now() + 60_000))).toBe(0);
  });

  test('an object that does not exist', async () => {
    await expect(store.open(`blobs/${name}`)).rejects.toThrow(ObjectMissing);
    await expect(store.move(`blobs/${name}`, 'blobs/other')).rejects.toThrow(ObjectMissing);
    expect(await store.stat(`blobs/${name}`)).toBeNull();
    await store.remove(`blobs/${name}`);
  });

  test('moves, replaces, removes and lists', async () => {
    await write(`put/${name}`, BIG);
    await write(`blobs/${name}`, Buffer.from('old'));
    await store.move(`put/${name}`, `blobs/${name}`);
    expect((await read(`blobs/${name}`)).equals(BIG)).toBe(true);
    expect(await keys(`put/${name}`)).toEqual([]);
    await write(`derived/${name}/thumbnail`, Buffer.from('x'));
    expect(await keys('')).toEqual(expect.arrayContaining([`blobs/${name}`, `derived/${name}/thumbnail`]));
    expect(await keys(`derived/${name}/`)).toEqual([`derived/${name}/thumbnail`]);
    await store.remove(`blobs/${name}`);
    expect(await store.stat(`blobs/${name}`)).toBeNull();
  });

  test('two writers of one key: one of them wins as a whole', async () => {
    const contents = [BIG, Buffer.from(BIG).reverse()];
    await Promise.all(contents.map((content) => write(`blobs/${name}`, content)));
    const stored = await read(`blobs/${name}`);
    expect(contents.some((content) => content.equals(stored))).toBe(true);
  });

  test('a resumable upload keeps its offset through every interruption, below and above the size of a part', async () => {
    await uploads.begin(name, BIG.length);
    const id = uploads.idOf(name);
    let offset = 0;
    for (const step of [1_000, 3_000_000, 6_000_000, 100, BIG.length]) {
      expect((await uploads.find(name))!.offset).toBe(offset);
      // A connection that breaks takes away its own bytes at most, and none that were acknowledged.
      const broken = Readable.from(
        (async function* () {
          yield BIG.subarray(offset, offset + 10);
          throw new Error('the connection broke');
        })(),
      );
      await Promise.resolve(uploads.dataStore.write(broken, id, offset)).catch(() => undefined);
      const resumed = (await uploads.find(name))!.offset;
      expect(resumed).toBeGreaterThanOrEqual(offset);
      const end = Math.min(BIG.length, offset + step);
      offset = await uploads.dataStore.write(Readable.from([BIG.subarray(resumed, end)]), id, resumed);
      expect(offset).toBe(end);
    }
    expect(await uploads.find(name)).toMatchObject({ offset: BIG.length, size: BIG.length });
    await uploads.finish(name);
    await uploads.finish(name);
    expect((await read(tusKey(name))).equals(BIG)).toBe(true);
    await uploads.remove(name);
    expect(await keys('tus/')).toEqual([]);
  });

  test('a resumable upload may declare its length later, or be empty', async () => {
    await uploads.begin(name, undefined);
    const id = uploads.idOf(name);
    await uploads.dataStore.write(Readable.from([BIG.subarray(0, 6_000_000)]), id, 0);
    expect(await uploads.find(name)).toMatchObject({ offset: 6_000_000, size: undefined });
    await uploads.dataStore.declareUploadLength(id, 6_000_010);
    await uploads.dataStore.write(Readable.from([BIG.subarray(6_000_000, 6_000_010)]), id, 6_000_000);
    await uploads.finish(name);
    expect((await read(tusKey(name))).equals(BIG.subarray(0, 6_000_010))).toBe(true);

    await uploads.begin(name, 0);
    await uploads.finish(name);
    expect((await read(tusKey(name))).length).toBe(0);
    await uploads.remove(name);
  });

  test('an upload that begins again has none of its earlier bytes', async () => {
    await uploads.begin(name, 2_000);
    await uploads.dataStore.write(Readable.from([BIG.subarray(0, 1_000)]), uploads.idOf(name), 0);
    await uploads.begin(name, 2_000);
    expect(await uploads.find(name)).toMatchObject({ offset: 0, size: 2_000 });
    await uploads.remove(name);
    expect(await uploads.find(name)).toBeUndefined();
    await uploads.remove(name);
  });

  if (_type === 's3') {
    test('a presigned URL accepts its length and type only, and ends', async () => {
      const presign = (until: number) =>
        store.presignPut!(`put/${name}`, { size: 5, type: 'text/plain', until: new Date(Date.now() + until) });
      const put = async (url: string, body: string, type: string) =>
        (await fetch(url, { method: 'PUT', body, headers: { 'content-type': type } })).status;
      const url = await presign(60_000);
      expect(await put(url, 'hello', 'text/html')).toBe(403);
      expect(await put(url, 'hello!', 'text/plain')).toBe(403);
      expect(await put(url.replace(name, `${name}x`), 'hello', 'text/plain')).toBe(403);
      expect(await put(url, 'hello', 'text/plain')).toBe(200);
      const short = await presign(1_000);
      const until = Date.now() + 2_000;
      while (Date.now() < until) expect((await store.stat(`put/${name}`))!.size).toBe(5);
      expect(await put(short, 'hello', 'text/plain')).toBe(403);
    });
  } else {
    test('drafts that a dead process left are removed by age', async () => {
      const { partial } = store as unknown as { partial: string };
      await writeFile(join(partial, 'old'), 'x');
      await utimes(join(partial, 'old'), 0, 0);
      await writeFile(join(partial, 'new'), 'x');
      expect(await store.removeAbandoned(new Date(Date.now() - 60_000))).toBe(1);
      expect(await readdir(partial)).toEqual(['new']);
    });

    test('a key cannot leave the folder', async () => {
      for (const key of ['../x', 'a/../b', '/etc/passwd', 'a//b', 'a\0b', '', 'A'])
        await expect(store.stat(key)).rejects.toThrow('not a key');
    });
  }
});
