/**
 * The embeddings of chunks in PostgreSQL, which is their source of truth. They are deleted with their chunk. Makes them in batches. Knows
 * no vector store.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { Jobs } from '@chat/kit/jobs/jobs';
import type { IndexedSource } from '../indexing/chunk.store';
import type { Encoder } from './encoder';

export const EMBED_CHUNKS = 'embed-chunks';

/** By default, the encoder takes few chunks at once: a search waits for at most one batch. */
const BATCH = 8;

/** Embeds new chunks and removes the vectors of old ones soon after. Call it in the transaction that changes chunks. */
export const enqueueEmbedding = (tx: EntityManager, jobs: Jobs, runAt?: Date): Promise<void> =>
  jobs.enqueue(tx, EMBED_CHUNKS, {}, { key: EMBED_CHUNKS, queue: EMBED_CHUNKS, ...(runAt && { runAt }) });

/** Stores the vectors of a source again, with its current audience. Call it in the transaction that changes the audience. */
export async function storeAgain(
  tx: EntityManager,
  jobs: Jobs,
  { kind, id }: Pick<IndexedSource, 'kind' | 'id'>,
): Promise<void> {
  await tx.execute(
    `update knowledge.embeddings e set is_stored = false, revision = revision + 1 from knowledge.chunks c
     where c.id = e.chunk_id and c.source = ? and c.source_id = ?`,
    [kind, id],
  );
  await enqueueEmbedding(tx, jobs);
}

/** Embeds all chunks without a vector, the oldest first, until `signal` aborts. Idempotent. @param batch chunks that the encoder takes at once */
export async function embedChunks(
  em: EntityManager,
  encoder: Encoder,
  signal?: AbortSignal,
  batch = BATCH,
): Promise<void> {
  for (let after = '0'; !signal?.aborted;) {
    const chunks = await em.execute<{ id: string; title: string; body: string }[]>(
      `select c.id, c.title, c.body from knowledge.chunks c
       where c.id > ?::bigint and c.language = any (array(select jsonb_array_elements_text(?::jsonb))) and not exists (
         -- The second bound keeps PostgreSQL from reading the embeddings of all earlier chunks.
         select 1 from knowledge.embeddings e where e.chunk_id = c.id and e.chunk_id > ?::bigint and e.encoder = ?)
       order by c.id limit ${batch}`,
      [after, JSON.stringify(encoder.languages), after, encoder.name],
    );
    if (chunks.length === 0) return;
    after = chunks.at(-1)!.id;
    const vectors = await encoder.embed(
      chunks.map(({ title, body }) => (title === '' ? body : `${title}\n${body}`)),
      'PASSAGE',
    );
    await insertVectors(em, encoder, chunks, vectors);
  }
}

async function insertVectors(
  em: EntityManager,
  encoder: Encoder,
  chunks: readonly { id: string }[],
  vectors: readonly Float32Array[],
): Promise<void> {
  // A chunk may have been removed meanwhile.
  await em.execute(
    `insert into knowledge.embeddings (chunk_id, encoder, vector)
     select c.id, ?, decode(x.vector, 'base64')
     from jsonb_to_recordset(?::jsonb) as x(id bigint, vector text) join knowledge.chunks c on c.id = x.id
     on conflict do nothing`,
    [encoder.name, JSON.stringify(chunks.map(({ id }, i) => ({ id, vector: base64(vectors[i]!) })))],
  );
}

const base64 = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

/** A stored vector. */
export function vectorOf(stored: Buffer): Float32Array {
  const vector = new Float32Array(stored.byteLength / 4);
  for (let i = 0; i < vector.length; i++) vector[i] = stored.readFloatLE(i * 4);
  return vector;
}

/** The cosine similarity of a stored vector to a normalised one; undefined if it has another size. */
export function similarityTo(wanted: Float32Array, stored: Buffer): number | undefined {
  if (stored.byteLength !== wanted.byteLength) return undefined;
  let sum = 0;
  for (let i = 0; i < wanted.length; i++) sum += wanted[i]! * stored.readFloatLE(i * 4);
  return sum;
}
