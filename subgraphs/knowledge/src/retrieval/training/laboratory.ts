/** A search over the paragraphs of a data set, on a PostgreSQL of its own: the same code as `semanticSearch`, without the graph. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { Database, type EntityManager } from '@chat/kit/database/database';
import { migrationsIn } from '@chat/kit/database/migrations-in';
import { startChroma } from '@chat/kit/embedded/chroma';
import { startPostgres } from '@chat/kit/embedded/postgres';
import { newId } from '@chat/kit/ids';
import { createLogger } from '@chat/kit/logging';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeSource, writeSource } from '../indexing/chunk.store';
import { SourceIndexer } from '../indexing/source.indexer';
import { SearchService } from '../search/search.service';
import { PackagedEncoder } from '../vectors/encoder';
import { ChromaStore } from '../vectors/stores/chroma.store';
import { VectorIndex } from '../vectors/vector-index';
import type { DataSet } from './data-set';
import { READABLE_DOCUMENTS } from './readable-documents';

export interface Laboratory extends AsyncDisposable {
  em: EntityManager;
  search: SearchService;
  viewer: Viewer;
  /** The index of the paragraph, by the id of its source. */
  paragraphOf: ReadonlyMap<string, number>;
}

const VIEWER: Viewer = { id: newId(), sessionId: newId(), roles: ['USER'], permissions: ['READ'], expiresAt: 0 };

export async function openLaboratory({ paragraphs }: DataSet, hasVectors: boolean): Promise<Laboratory> {
  await using disposal = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'retrieval-'));
  disposal.defer(() => rm(dir, { recursive: true, force: true }));
  const postgres = disposal.use(await startPostgres({ dir, isThrowaway: true }));
  const migrations = migrationsIn(join(__dirname, '../../migrations'));
  const log = createLogger('retrieval', 'error');
  const database = disposal.use(
    await Database.open({ url: postgres.url, schema: 'knowledge', entities: [], migrations, log }),
  );
  await database.ready();
  const em = database.fork();
  const indexer = disposal.use(new SourceIndexer());
  const paragraphOf = new Map<string, number>();
  const ids = paragraphs.map(() => newId());
  const store = async () => {
    for (const [i, text] of paragraphs.entries()) {
      const source = { kind: 'DOCUMENT' as const, id: ids[i]! };
      await em.transactional((tx) => removeSource(tx, source));
      const prepared = await indexer.prepare(em, { ...source, title: '', text });
      await em.transactional((tx) => writeSource(tx, prepared));
    }
  };
  // Twice, as compounds are split by the words of the whole corpus.
  await store();
  await store();
  for (const [i, id] of ids.entries()) paragraphOf.set(id, i);
  let vectors: VectorIndex | undefined;
  if (hasVectors) {
    const chroma = disposal.use(await startChroma({ dir: join(dir, 'chroma') }));
    const store = disposal.use(new ChromaStore({ url: chroma.url, prefix: 'laboratory' }));
    const encoders = [disposal.use(new PackagedEncoder())];
    vectors = new VectorIndex({ encoders, store, sources: [READABLE_DOCUMENTS], log, deadlineMs: 10_000 });
    await vectors.synchronise(em);
  }
  const running = disposal.move();
  return {
    em,
    search: new SearchService([READABLE_DOCUMENTS], vectors),
    viewer: VIEWER,
    paragraphOf,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
