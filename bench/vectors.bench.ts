/**
 * Recall and latency of filtered searches in the vector store, beside an exact scan, before and after the store's SIGKILL. Vectors are
 * random points around random centres, as embeddings cluster too. Measures the store, not the encoder.
 */
import { startChroma } from '@chat/kit/embedded/chroma';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChromaStore } from '../subgraphs/knowledge/src/retrieval/vectors/stores/chroma.store';
import { QdrantStore } from '../subgraphs/knowledge/src/retrieval/vectors/stores/qdrant.store';
import type { VectorPoint, VectorStore } from '../subgraphs/knowledge/src/retrieval/vectors/stores/vector-store';
import { numberOptions } from './harness/options';
import { beside, CENTRES, DIMENSIONS, unit } from './worlds/clusters';

const AUDIENCES = 1000;
const FOUND = 10;
const BATCH = 500;

const print = (line: string) => process.stdout.write(`${line}\n`);

/** A generator of normally distributed numbers with a fixed seed (mulberry32, Box-Muller). */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(uniform() || 1e-12)) * Math.cos(2 * Math.PI * uniform());
}

const dot = (a: Float32Array, b: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

async function main(): Promise<void> {
  const { vectors, queries } = numberOptions({ vectors: 100_000, queries: 100 });
  const normal = normals(7);
  const random = () => Float32Array.from({ length: DIMENSIONS }, normal);
  const centres = Array.from({ length: CENTRES }, () => unit(random()));
  const near = (i: number) => beside(centres[i % CENTRES]!, unit(random()));
  const points = Array.from({ length: vectors }, (_, i): VectorPoint => ({
    ...{ id: i + 1, source: `source-${i}`, audience: `audience-${(i * 7919) % AUDIENCES}` },
    vector: near(i),
  }));
  const asked = Array.from({ length: queries }, (_, i) => near(i * 31));
  const dir = await mkdtemp(join(tmpdir(), 'chat-bench-vectors-'));
  try {
    const url = process.env['QDRANT_URL'];
    await using chroma = url ? undefined : await startChroma({ dir });
    const store: VectorStore = url
      ? new QdrantStore({ url, prefix: 'bench' })
      : new ChromaStore({ url: chroma!.url, prefix: 'bench' });
    await store.drop('vectors');
    await store.open('vectors', DIMENSIONS);
    const began = performance.now();
    for (let from = 0; from < vectors; from += BATCH) await store.upsert('vectors', points.slice(from, from + BATCH));
    const seconds = (performance.now() - began) / 1000;
    print(`${store.type}: ${vectors} vectors of ${DIMENSIONS} dimensions stored in ${seconds.toFixed(0)} s`);
    const measure = (share: number) => measureShare(store, points, asked, share);
    await measure(0.001);
    if (chroma) {
      await chroma.kill();
      await chroma.start();
      print('  after SIGKILL and a new start:');
      await measure(0.001);
    }
    for (const share of [0.01, 0.1, 1]) await measure(share);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function measureShare(
  store: VectorStore,
  points: readonly VectorPoint[],
  asked: readonly Float32Array[],
  share: number,
): Promise<void> {
  const audiences = Array.from({ length: Math.round(share * AUDIENCES) }, (_, i) => `audience-${i}`);
  const readable = new Set(audiences);
  const candidates = points.filter(({ audience }) => readable.has(audience));
  const times: number[] = [];
  let [hits, wanted, leaks] = [0, 0, 0];
  const allowed = new Set(candidates.map(({ id }) => id));
  for (const vector of asked) {
    const exact = candidates
      .map((point) => ({ id: point.id, score: dot(point.vector, vector) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, FOUND);
    const began = performance.now();
    const found = await store.nearest('vectors', { vector, audiences, sources: [], limit: FOUND });
    times.push(performance.now() - began);
    const ids = new Set(found.map(({ id }) => id));
    leaks += found.filter(({ id }) => !allowed.has(id)).length;
    hits += exact.filter(({ id }) => ids.has(id)).length;
    wanted += exact.length;
  }
  times.sort((a, b) => a - b);
  const at = (quantile: number) => times[Math.min(times.length - 1, Math.floor(quantile * times.length))]!.toFixed(1);
  print(
    `  ${(share * 100).toFixed(1).padStart(5)} % readable: recall@${FOUND} ${(hits / wanted).toFixed(4)}, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${leaks} unreadable`,
  );
}

void main();
