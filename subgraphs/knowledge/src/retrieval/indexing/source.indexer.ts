/**
 * Prepares the chunks of a source: short texts on the event loop, long ones in worker threads. A chunk that is stored already is not
 * analysed again. Writes nothing.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { WorkerThreads } from '@chat/kit/process/worker-threads';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as analysis from './chunk.analysis';
import type { AnalysedChunk, IndexedChunk, TitledChunk } from './chunk.analysis';
import { readChunkKeys, readWordCounts, type IndexedSource, type PreparedSource } from './chunk.store';
import type * as Work from './chunk.worker';

/** At this length, in UTF-16 units, the worst text takes some milliseconds. */
const MAX_INLINE = 1000;
/** Chunks of one call, which take up to a second. Other texts get their turn between two calls. */
const BATCH = 40;
/** The deadline for waiting, the start of a thread and its work, in milliseconds. */
const DEADLINE_MS = 60_000;

export class SourceIndexer implements AsyncDisposable {
  private readonly threads = new WorkerThreads<typeof Work>({
    module: join(__dirname, 'chunk.worker'),
    deadlineMs: DEADLINE_MS,
    overload: 'Too many texts wait to be indexed. Try again in a moment.',
  });

  /** Call it before the transaction that writes the source. @throws SERVICE_UNAVAILABLE if too many texts wait */
  async prepare(
    em: EntityManager,
    { kind, id, title, text }: IndexedSource & { title: string; text: string },
  ): Promise<PreparedSource> {
    const isShort = text.length <= MAX_INLINE;
    const run = <Name extends keyof typeof Work>(name: Name, input: Parameters<(typeof Work)[Name]>[0]) =>
      isShort ? analysis[name](input as never) : this.threads.run<ReturnType<(typeof Work)[Name]>>(name, input);
    const titled = (await run('chunkSource', { title, text })) as TitledChunk[];
    const chunks = titled.map((chunk) => ({ ...chunk, key: keyOf(chunk) }));
    const stored = Map.groupBy(await readChunkKeys(em, { kind, id }), ({ key }) => key);
    const added = chunks.filter(({ key }) => stored.get(key)?.shift() === undefined);
    const analysed: AnalysedChunk[] = [];
    for (const batch of batches(added)) analysed.push(...((await run('analyseChunks', batch)) as AnalysedChunk[]));
    const own = countLexemes(analysed);
    const indexed: IndexedChunk[] = [];
    for (const batch of batches(analysed)) {
      const parts = [...new Set(batch.flatMap((chunk) => chunk.parts))];
      const counts = await readWordCounts(em, parts);
      for (const part of parts) if (own.has(part)) counts.set(part, (counts.get(part) ?? 0) + own.get(part)!);
      const slim = batch.map((chunk) => ({ ...chunk, parts: [] }));
      indexed.push(...((await run('documentChunks', { chunks: slim, counts })) as IndexedChunk[]));
    }
    return { kind, id, chunks, added: new Map(added.map(({ key }, at) => [key, indexed[at]!])) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.threads[Symbol.asyncDispose]();
  }
}

/** As `readChunkKeys` computes it. Equal chunks have the same vector. */
const keyOf = ({ title, text }: TitledChunk): string => createHash('md5').update(`${title}\n${text}`).digest('hex');

function countLexemes(chunks: readonly AnalysedChunk[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { lexemes } of chunks) for (const lexeme of lexemes) counts.set(lexeme, (counts.get(lexeme) ?? 0) + 1);
  return counts;
}

function* batches<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let from = 0; from < items.length; from += BATCH) yield items.slice(from, from + BATCH);
}
