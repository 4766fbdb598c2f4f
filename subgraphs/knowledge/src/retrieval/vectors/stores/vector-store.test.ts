/**
 * The contract of vector stores, which each one fulfils: Chroma on a real server, Qdrant on a fake, and on a real server if `QDRANT_URL`
 * names one.
 */
import { startChroma } from '@chat/kit/embedded/chroma';
import type { EmbeddedService } from '@chat/kit/embedded/service';
import { newId } from '@chat/kit/ids';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChromaStore } from './chroma.store';
import { QdrantStore } from './qdrant.store';
import { FakeQdrant } from './testing/fake-qdrant';
import type { VectorPoint, VectorStore } from './vector-store';

let dir: string;
let chroma: EmbeddedService | undefined;
let fake: FakeQdrant;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chat-vectors-'));
  [chroma, fake] = await Promise.all([startChroma({ dir }), FakeQdrant.start()]);
});
afterAll(async () => {
  await chroma?.[Symbol.asyncDispose]();
  await fake[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const { QDRANT_URL, QDRANT_API_KEY: apiKey } = process.env;
type Maker = (prefix: string) => VectorStore;
const stores: [string, Maker][] = [
  ['Chroma', (prefix) => new ChromaStore({ url: chroma!.url, prefix })],
  ['Qdrant (fake)', (prefix) => new QdrantStore({ url: fake.url, prefix })],
];
if (QDRANT_URL)
  stores.push(['Qdrant', (prefix) => new QdrantStore({ url: QDRANT_URL, prefix, ...(apiKey ? { apiKey } : {}) })]);

/** A unit vector at an angle, so that similarities are known cosines. */
const at = (degrees: number): Float32Array => {
  const angle = (degrees * Math.PI) / 180;
  return Float32Array.of(Math.cos(angle), Math.sin(angle), 0, 0);
};

const point = (id: number, degrees: number, audience: string, source = `source-${id}`): VectorPoint => ({
  ...{ id, audience, source },
  vector: at(degrees),
});

describe.each(stores)('%s', (_, make) => {
  let store: VectorStore;
  beforeEach(() => (store = make(`t${newId().replaceAll('-', '')}`)));
  afterEach(async () => {
    for (const generation of await store.generations()) await store.drop(generation);
    await store[Symbol.asyncDispose]();
  });

  const nearest = async (
    access: { audiences?: string[]; sources?: string[] },
    { limit = 10, except, generation = 'one' }: { limit?: number; except?: string; generation?: string } = {},
  ) => {
    const found = await store.nearest(generation, {
      ...{ audiences: [], sources: [], ...access, vector: at(0), limit },
      ...(except === undefined ? {} : { exceptSource: except }),
    });
    return found.map(({ id }) => id);
  };

  it('returns readable points only, the most similar first', async () => {
    await store.open('one', 4);
    await store.upsert('one', [point(1, 40, 'a'), point(2, 10, 'b'), point(3, 20, 'a'), point(4, 30, 'c')]);
    expect(await nearest({ audiences: ['a', 'b', 'c'] })).toEqual([2, 3, 4, 1]);
    expect(await nearest({ audiences: ['a'] })).toEqual([3, 1]);
    expect(await nearest({ audiences: ['a'], sources: ['source-4'] })).toEqual([3, 4, 1]);
    expect(await nearest({ sources: ['source-2'] })).toEqual([2]);
    expect(await nearest({ audiences: ['unknown'], sources: ['unknown'] })).toEqual([]);
    expect(await nearest({})).toEqual([]);
    expect(await nearest({ audiences: ['a', 'b', 'c'] }, { limit: 2 })).toEqual([2, 3]);
    expect(await nearest({ audiences: ['a', 'b'] }, { except: 'source-3' })).toEqual([2, 1]);
    expect(await nearest({ audiences: ['b'], sources: ['source-3'] }, { except: 'source-3' })).toEqual([2]);
  });

  it('returns cosine similarities', async () => {
    await store.open('one', 4);
    await store.upsert('one', [point(1, 0, 'a'), point(2, 60, 'a'), point(3, 180, 'a')]);
    const found = await store.nearest('one', { vector: at(0), audiences: ['a'], sources: [], limit: 3 });
    for (const [i, similarity] of [1, 0.5, -1].entries()) expect(found[i]!.similarity).toBeCloseTo(similarity, 4);
  });

  it('replaces and removes points, and a missing one does not matter', async () => {
    await store.open('one', 4);
    await store.upsert('one', [point(1, 40, 'a'), point(2, 10, 'a'), point(Number.MAX_SAFE_INTEGER, 50, 'a')]);
    await store.upsert('one', [point(1, 5, 'b')]);
    expect(await nearest({ audiences: ['a'] })).toEqual([2, Number.MAX_SAFE_INTEGER]);
    expect(await nearest({ audiences: ['b'] })).toEqual([1]);
    await store.remove('one', [2, 77]);
    await store.remove('none', [2]);
    expect(await store.count('one')).toBe(2);
    expect(await nearest({ audiences: ['a', 'b'] })).toEqual([1, Number.MAX_SAFE_INTEGER]);
    await store.upsert('one', []);
    await store.remove('one', []);
    expect(await store.count('one')).toBe(2);
  });

  it('keeps the identity of a generation until it is lost', async () => {
    const identity = await store.open('one', 4);
    await store.upsert('one', [point(1, 0, 'a')]);
    expect(await store.open('one', 4)).toBe(identity);
    expect(await store.count('one')).toBe(1);
    await store.drop('one');
    expect(await store.count('one')).toBe(0);
    await expect(nearest({ audiences: ['a'] })).rejects.toThrow();
    expect(await store.open('one', 4)).not.toBe(identity);
    expect(await nearest({ audiences: ['a'] })).toEqual([]);
  });

  it('finds a generation again that another process created anew', async () => {
    const elsewhere = make((store as unknown as { options: { prefix: string } }).options.prefix);
    await store.open('one', 4);
    await store.upsert('one', [point(1, 0, 'a')]);
    expect(await nearest({ audiences: ['a'] })).toEqual([1]);
    await elsewhere.drop('one');
    await elsewhere.open('one', 4);
    await elsewhere.upsert('one', [point(2, 0, 'a')]);
    expect(await nearest({ audiences: ['a'] })).toEqual([2]);
  });

  it('switches generations of different sizes in one step, and drops the old one', async () => {
    expect(await store.active()).toBeUndefined();
    await store.open('one', 4);
    await store.upsert('one', [point(1, 0, 'a')]);
    await store.activate('one');
    expect(await store.active()).toBe('one');
    await store.open('two', 3);
    await store.upsert('two', [{ ...point(2, 0, 'a'), vector: Float32Array.of(1, 0, 0) }]);
    expect(await store.active()).toBe('one');
    expect(await nearest({ audiences: ['a'] })).toEqual([1]);
    await store.activate('two');
    await store.activate('two');
    expect(await store.active()).toBe('two');
    await store.drop('one');
    await store.drop('one');
    expect(await store.generations()).toEqual(['two']);
  });

  it('keeps installations with different prefixes apart', async () => {
    const other = make(`t${newId().replaceAll('-', '')}`);
    await other.open('one', 4);
    await other.upsert('one', [point(1, 0, 'a')]);
    await other.activate('one');
    expect(await store.generations()).toEqual([]);
    expect(await store.active()).toBeUndefined();
    expect(await store.count('one')).toBe(0);
    await other.drop('one');
  });

  it('refuses vectors of another size', async () => {
    await store.open('one', 4);
    await store.upsert('one', [point(1, 0, 'a')]);
    await expect(store.upsert('one', [{ ...point(2, 0, 'a'), vector: Float32Array.of(1, 0) }])).rejects.toThrow();
    expect(await store.count('one')).toBe(1);
  });
});

test('each request to Qdrant is valid by its description, and searches use the query API', () => {
  expect(fake.invalid).toEqual([]);
  expect(fake.requests.filter((request) => request.endsWith('/points/query'))).not.toEqual([]);
  expect(fake.requests.filter((request) => /\/points\/(search|recommend|discover)/.test(request))).toEqual([]);
});

test('the fake refuses requests that Qdrant would refuse', async () => {
  await using strict = await FakeQdrant.start();
  const send = async (method: string, path: string, body?: object) => {
    const init = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    return (await fetch(`${strict.url}${path}`, { method, ...init })).status;
  };
  expect(await send('PUT', '/collections/c', { vectors: { size: 4, distance: 'Cosine' } })).toBe(200);
  expect(await send('PUT', '/collections/d', { vectors: { size: 4, distance: 'cosine' } })).toBe(400);
  expect(await send('POST', '/collections/c/points/search', { vector: [1, 0, 0, 0], limit: 1 })).toBe(400);
  expect(await send('POST', '/collections/c/points/query', { query: [1, 0, 0, 0], limit: 'ten' })).toBe(400);
  expect(await send('POST', '/collections/c/points/query', { query: [1, 0, 0, 0], top: 3 })).toBe(400);
  expect(strict.invalid).toHaveLength(4);
});

test('Chroma keeps acknowledged points through kill -9', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chat-vectors-'));
  await using server = await startChroma({ dir: folder });
  const store: VectorStore = new ChromaStore({ url: server.url, prefix: 'kept' });
  await store.open('one', 4);
  await store.upsert(
    'one',
    Array.from({ length: 300 }, (_, i) => point(i + 1, i / 2, i % 2 ? 'a' : 'b')),
  );
  await server.kill();
  await expect(store.count('one')).rejects.toThrow();
  await server.start();
  expect(await store.count('one')).toBe(300);
  const found = await store.nearest('one', { vector: at(0), audiences: ['a'], sources: [], limit: 3 });
  expect(found.map(({ id }) => id)).toEqual([2, 4, 6]);
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});
