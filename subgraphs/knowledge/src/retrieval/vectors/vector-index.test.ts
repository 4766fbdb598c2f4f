/** The vector index over PostgreSQL and a fake of Qdrant: filling, removal, a lost store, and re-embedding under queries. */
import type { EntityManager } from '@chat/kit/database/database';
import { newId } from '@chat/kit/ids';
import { createLogger } from '@chat/kit/logging';
import { startTestSubgraph, type TestSubgraph } from '@chat/kit/testing/test-subgraph';
import { knowledgeVariables } from '../../config';
import { createKnowledge } from '../../create-knowledge';
import type { KnowledgeParts } from '../../feature';
import { removeSource, writeSource } from '../indexing/chunk.store';
import { SourceIndexer } from '../indexing/source.indexer';
import type { Encoder } from './encoder';
import { QdrantStore } from './stores/qdrant.store';
import { FakeQdrant } from './stores/testing/fake-qdrant';
import { generationOf, VectorIndex } from './vector-index';
import { READABLE_DOCUMENTS } from '../training/readable-documents';

/** Counts letters: texts with the same letters are similar. */
class LetterEncoder implements Encoder {
  readonly languages = ['en'];
  readonly minSimilarity = -1;
  texts = 0;
  beforeBatch: () => Promise<void> = async () => {};
  constructor(
    readonly name: string,
    private readonly size: number,
  ) {}

  dimensions(): Promise<number> {
    return Promise.resolve(this.size);
  }

  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    await this.beforeBatch();
    this.texts += texts.length;
    return texts.map((text) => {
      const vector = new Float32Array(this.size);
      for (const letter of text.toLowerCase()) vector[letter.charCodeAt(0) % this.size]! += 1;
      const length = Math.hypot(...vector) || 1;
      return vector.map((x) => x / length);
    });
  }
}

const TEXTS = ['The heron waits at the pond.', 'A tractor ploughs the field.', 'Snow covers the mountain pass.'];

let knowledge: TestSubgraph<unknown, Awaited<ReturnType<typeof createKnowledge>>>;
let qdrant: FakeQdrant;
let em: EntityManager;
let ids: string[];
const log = createLogger('test', 'silent');
const indexer = new SourceIndexer();
beforeAll(async () => {
  qdrant = await FakeQdrant.start();
  const env = { EMBEDDINGS_ENABLED: 'false' };
  knowledge = await startTestSubgraph('knowledge', knowledgeVariables, createKnowledge, env);
});
afterAll(async () => {
  await indexer[Symbol.asyncDispose]();
  await knowledge[Symbol.asyncDispose]();
  await qdrant[Symbol.asyncDispose]();
});
beforeEach(async () => {
  em = (knowledge.subgraph as unknown as { parts: KnowledgeParts }).parts.fork();
  for (const table of ['chunks', 'encoders', 'vector_removals']) await em.execute(`delete from knowledge.${table}`);
  ids = TEXTS.map(() => newId());
  for (const [i, id] of ids.entries()) await index(id, TEXTS[i]!);
});

async function index(id: string, text: string): Promise<void> {
  const prepared = await indexer.prepare(em, { kind: 'DOCUMENT', id, title: '', text });
  expect(await em.transactional((tx) => writeSource(tx, prepared))).toBe(true);
}

const newStore = () => new QdrantStore({ url: qdrant.url, prefix: `t${newId().replaceAll('-', '')}` });

const open = (store: QdrantStore, ...encoders: Encoder[]) =>
  new VectorIndex({ encoders, store, sources: [READABLE_DOCUMENTS], log });

/** The sources of the nearest chunks, as a search would ask for them. */
async function nearest(vectors: VectorIndex, text: string): Promise<string[]> {
  const encoder = (await vectors.queryEncoder(em))!;
  const [vector] = await encoder.embed([text], 'QUERY');
  const query = { vector: vector!, audiences: ['DOCUMENT:all'], sources: [], limit: 3 };
  const found: string[] = [];
  for (const id of await vectors.nearest(encoder, query)) {
    const [row] = await em.execute<{ source: string }[]>(
      'select source_id as source from knowledge.chunks where id = ?',
      [id],
    );
    found.push(row?.source ?? 'removed');
  }
  return found;
}

test('each chunk is embedded once, and the store follows changes and removals', async () => {
  const store = newStore();
  const encoder = new LetterEncoder('letters', 32);
  const vectors = open(store, encoder);
  await vectors.synchronise(em);
  await vectors.synchronise(em);
  expect(encoder.texts).toBe(3);
  expect(await nearest(vectors, TEXTS[1]!)).toEqual([ids[1], expect.any(String), expect.any(String)]);
  await index(ids[1]!, 'A plough rusts in the barn.');
  await em.transactional((tx) => removeSource(tx, { kind: 'DOCUMENT', id: ids[0]! }));
  await vectors.synchronise(em);
  expect(await store.count(generationOf(encoder))).toBe(2);
  expect((await nearest(vectors, TEXTS[0]!)).sort()).toEqual([ids[1], ids[2]].sort());
  expect(await vectors.progress(em)).toEqual({
    ...{ encoder: 'letters', chunks: 2, embeddable: 2, embedded: 2, stored: 2, removals: 0 },
  });
});

test('twenty re-indexings leave one vector a chunk in PostgreSQL and in the store', async () => {
  const store = newStore();
  const encoder = new LetterEncoder('letters', 32);
  const vectors = open(store, encoder);
  for (let i = 0; i < 20; i++) {
    await index(ids[0]!, `The heron waits at pond ${i}.`);
    await vectors.synchronise(em);
  }
  expect(await store.count(generationOf(encoder))).toBe(3);
  const [rows] = await em.execute<{ count: string }[]>('select count(*) as count from knowledge.embeddings');
  expect(Number(rows!.count)).toBe(3);
});

test('a store that has lost its data is filled again without the encoder', async () => {
  const store = newStore();
  const encoder = new LetterEncoder('letters', 32);
  const vectors = open(store, encoder);
  await vectors.synchronise(em);
  await store.drop(generationOf(encoder));
  expect(await nearest(vectors, TEXTS[1]!)).toEqual([]);
  encoder.texts = 0;
  const later = open(store, encoder);
  await later.synchronise(em);
  expect(encoder.texts).toBe(0);
  expect((await nearest(later, TEXTS[1]!))[0]).toBe(ids[1]);
});

test('another encoder becomes active when its vectors are complete, and queries find everything meanwhile', async () => {
  const store = newStore();
  const [old, target] = [new LetterEncoder('letters', 32), new LetterEncoder('more-letters', 48)];
  await open(store, old).synchronise(em);
  const vectors = open(store, target, old);
  let asked = 0;
  target.beforeBatch = async () => {
    target.beforeBatch = async () => {};
    // In the middle of the work, queries use the earlier vectors, and new documents get them too.
    const late = newId();
    await index(late, 'An otter swims in the brook.');
    await open(store, old).synchronise(em);
    expect(await store.active()).toBe(generationOf(old));
    expect((await nearest(vectors, TEXTS[2]!))[0]).toBe(ids[2]);
    expect((await nearest(vectors, 'An otter swims in the brook.'))[0]).toBe(late);
    asked++;
  };
  expect(await vectors.synchronise(em)).toBe(true);
  expect(asked).toBe(1);
  expect(await store.active()).toBe(generationOf(target));
  expect((await store.generations()).sort()).toEqual([generationOf(old), generationOf(target)].sort());
  const later = open(store, target, old);
  expect((await later.queryEncoder(em))!.name).toBe('more-letters');
  expect((await nearest(later, TEXTS[2]!))[0]).toBe(ids[2]);
  await em.execute(
    `update knowledge.encoders set active_since = active_since - interval '2 minutes' where active_since is not null`,
  );
  expect(await later.synchronise(em)).toBe(false);
  expect(await store.generations()).toEqual([generationOf(target)]);
  const left = await em.execute<{ encoder: string }[]>('select distinct encoder from knowledge.embeddings');
  expect(left).toEqual([{ encoder: 'more-letters' }]);
});

test('an encoder that no process has any longer is replaced at once', async () => {
  const store = newStore();
  await open(store, new LetterEncoder('gone', 32)).synchronise(em);
  const target = new LetterEncoder('present', 48);
  const vectors = open(store, target);
  expect(await vectors.queryEncoder(em)).toBeUndefined();
  await vectors.synchronise(em);
  expect((await open(store, target).queryEncoder(em))!.name).toBe('present');
  expect((await nearest(open(store, target), TEXTS[0]!))[0]).toBe(ids[0]);
});

test('an encoder that fails is not asked by the next search', async () => {
  const encoder = new LetterEncoder('letters', 32);
  const vectors = open(newStore(), encoder);
  expect(await vectors.embedQuery(encoder, 'heron')).toHaveLength(32);
  encoder.beforeBatch = () => Promise.reject(new Error('The model is away.'));
  expect(await vectors.embedQuery(encoder, 'heron')).toBeUndefined();
  encoder.beforeBatch = async () => {};
  expect(await vectors.embedQuery(encoder, 'heron')).toBeUndefined();
  expect(encoder.texts).toBe(1);
});
