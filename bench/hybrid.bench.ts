/**
 * Searches by words and by meaning among many passages, with vectors in a real vector store: the code of `semanticSearch`, without the graph.
 * Then another encoder replaces the first one while searches go on. The vectors are random points around random centres, made at once, so
 * that the bench measures the index and not the encoder; the packaged encoder's own rate is measured beside it.
 */
import { Grants } from '@chat/identity-client/access/grants';
import type { Database } from '@chat/kit/database/database';
import { startChroma } from '@chat/kit/embedded/chroma';
import { createLogger } from '@chat/kit/logging';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { SearchService } from '../subgraphs/knowledge/src/retrieval/search/search.service';
import { wikiSource } from '../subgraphs/knowledge/src/retrieval/search/wiki.source';
import { embedChunks } from '../subgraphs/knowledge/src/retrieval/vectors/embeddings';
import { PackagedEncoder, type Encoder } from '../subgraphs/knowledge/src/retrieval/vectors/encoder';
import { ChromaStore } from '../subgraphs/knowledge/src/retrieval/vectors/stores/chroma.store';
import type { VectorQuery } from '../subgraphs/knowledge/src/retrieval/vectors/stores/vector-store';
import { VectorIndex } from '../subgraphs/knowledge/src/retrieval/vectors/vector-index';
import { MEMBER, startKnowledge } from './harness/knowledge';
import { LATENCY_HEAD, latencyRow, quantile } from './harness/latency';
import { numberOptions } from './harness/options';
import { heading } from './harness/report';
import { beside, CENTRES, DIMENSIONS, unit } from './worlds/clusters';
import { createPassages, RARE, USUAL, wordsBetween } from './worlds/passages-world';

/** Passages that are embedded at once. */
const BATCH = 1000;
/** Passages that the packaged encoder embeds. */
const ENCODED = 400;

const print = (line: string) => process.stdout.write(`${line}\n`);
const seconds = (since: number) => (performance.now() - since) / 1000;

/** A direction that depends on the text alone. */
function direction(text: string): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  for (let at = 0; at < DIMENSIONS; at += 32) {
    const bytes = createHash('sha256').update(`${at} ${text}`).digest();
    for (let i = 0; i < 32; i++) vector[at + i] = bytes[i]! - 127.5;
  }
  return unit(vector);
}

class ScatteringEncoder implements Encoder {
  readonly languages = ['en'];
  readonly minSimilarity = 0.3;
  private readonly centres: readonly Float32Array[];

  constructor(readonly name: string) {
    this.centres = Array.from({ length: CENTRES }, (_, i) => direction(`${name} ${i}`));
  }

  dimensions(): Promise<number> {
    return Promise.resolve(DIMENSIONS);
  }

  embed(texts: readonly string[]): Promise<Float32Array[]> {
    return Promise.resolve(
      texts.map((text) => {
        const number = createHash('sha256').update(text).digest().readUInt16BE();
        return beside(this.centres[number % CENTRES]!, direction(text));
      }),
    );
  }
}

/** Counts the searches that the store gave nothing. */
class WatchedIndex extends VectorIndex {
  asked = 0;
  empty = 0;

  override async nearest(encoder: Encoder, query: VectorQuery): Promise<number[]> {
    const found = await super.nearest(encoder, query);
    this.asked++;
    if (found.length === 0) this.empty++;
    return found;
  }
}

async function main(): Promise<void> {
  const { chunks, samples, replace } = numberOptions({ chunks: 100_000, samples: 300, replace: 1 });
  await using knowledge = await startKnowledge();
  const { database } = knowledge;
  let began = performance.now();
  await createPassages(database.fork(), chunks);
  process.stderr.write(`${chunks} passages after ${seconds(began).toFixed(0)} s\n`);
  await using chroma = await startChroma({ dir: join(knowledge.dir, 'chroma') });
  await using store = new ChromaStore({ url: chroma.url, prefix: 'bench' });
  const sources = [wikiSource(new Grants(() => database.fork()))];
  const log = createLogger('hybrid', 'warn');
  const indexWith = (...encoders: Encoder[]) => new WatchedIndex({ encoders, store, sources, log });
  const [first, second] = [new ScatteringEncoder('first'), new ScatteringEncoder('second')];

  began = performance.now();
  await embedChunks(database.fork(), first, undefined, BATCH); // this encoder takes no time
  process.stderr.write(`${chunks} embeddings after ${seconds(began).toFixed(0)} s\n`);
  const index = indexWith(first);
  began = performance.now();
  await index.synchronise(database.fork());
  const filled = seconds(began);
  process.stderr.write(`${chunks} vectors after ${filled.toFixed(0)} s\n`);
  const query = await questions(database, samples);
  const how = `${chunks} passages of 40 words with vectors of ${DIMENSIONS} dimensions, of pages of which a tenth is restricted; searches one after the other by a member, milliseconds. The vector store is ${store.type}.`;
  print(heading('knowledge: passages by words and by meaning', how));
  print(LATENCY_HEAD);
  const search = new SearchService(sources, index);
  const em = database.fork();
  const find = async (by: SearchService, i: number) => (await by.search(em, MEMBER, query(i), { limit: 10 })).length;
  print(await latencyRow('words alone', samples, (i) => find(new SearchService(sources), i)));
  print(await latencyRow('words and meaning', samples, (i) => find(search, i)));

  const replaced = replace ? await replaceEncoder() : undefined;
  print('');
  print(`The store was filled in ${filled.toFixed(0)} s, ${(chunks / filled).toFixed(0)} vectors a second.`);
  if (replaced !== undefined) print(`Embedded anew under searches in ${replaced.toFixed(0)} s.`);
  print(`The packaged encoder: ${(await packagedRate(database)).toFixed(0)} passages a second, in batches of eight.`);

  /** Another encoder embeds all passages while searches go on. @returns the seconds that it took */
  async function replaceEncoder(): Promise<number> {
    const successor = indexWith(second, first);
    const both = new SearchService(sources, successor);
    let isDone = false;
    const start = performance.now();
    const embedding = successor.synchronise(database.fork()).finally(() => (isDone = true));
    const times: number[] = [];
    for (let i = 0; !isDone; i++) {
      const asked = performance.now();
      await find(both, i);
      times.push(performance.now() - asked);
    }
    await embedding;
    const took = seconds(start);
    const [p50, p99] = [quantile(times, 0.5).toFixed(2), quantile(times, 0.99).toFixed(2)];
    print(
      `| the same while embedded anew | ${p50} | ${p99} | ${successor.empty} of ${successor.asked} without vectors |`,
    );
    print(await latencyRow('the same with the new encoder', samples, (i) => find(both, i)));
    return took;
  }
}

/** English questions about a rare word and three usual ones; a text in an unknown language is not embedded. */
async function questions(database: Database, count: number): Promise<(i: number) => string> {
  const usual = await wordsBetween(database.fork(), USUAL, count);
  const rare = await wordsBetween(database.fork(), RARE, count);
  return (i) => `What is the ${rare(i)} of the ${usual(i)} that was with the ${usual(i + 1)} or the ${usual(i + 2)}?`;
}

async function packagedRate(database: Database): Promise<number> {
  await using encoder = new PackagedEncoder();
  const rows = await database
    .fork()
    .execute<{ body: string }[]>('select body from knowledge.chunks order by id limit ?', [ENCODED]);
  await encoder.embed(['The thread starts.']);
  const began = performance.now();
  for (let from = 0; from < rows.length; from += 8)
    await encoder.embed(rows.slice(from, from + 8).map(({ body }) => body));
  return rows.length / seconds(began);
}

void main();
