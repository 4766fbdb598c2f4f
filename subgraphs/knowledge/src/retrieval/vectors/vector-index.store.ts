/** Rows of the vector index: the active encoder, vectors that the store lacks, and removals that it must repeat. */
import type { EntityManager } from '@chat/kit/database/database';
import type { VectorPoint } from './stores/vector-store';
import { vectorOf } from './embeddings';

export interface ActiveEncoder {
  name: string;
  since: Date;
}

export async function readActive(em: EntityManager): Promise<ActiveEncoder | undefined> {
  const [row] = await em.execute<{ name: string; since: string }[]>(
    'select name, active_since as since from knowledge.encoders where active_since is not null',
  );
  return row && { name: row.name, since: new Date(row.since) };
}

export async function writeActive(em: EntityManager, name: string): Promise<void> {
  await em.transactional(async (tx) => {
    await tx.execute('lock table knowledge.encoders in exclusive mode');
    await tx.execute('update knowledge.encoders set active_since = null where name <> ?', [name]);
    await tx.execute(
      `insert into knowledge.encoders (name, active_since) values (?, now())
       on conflict (name) do update set active_since = coalesce(encoders.active_since, now())`,
      [name],
    );
  });
}

/** Marks all vectors as not stored if the store has another identity than before. */
export async function noteStore(em: EntityManager, encoder: string, identity: string): Promise<void> {
  await em.transactional(async (tx) => {
    const [known] = await tx.execute<{ identity: string | null }[]>(
      `insert into knowledge.encoders (name) values (?) on conflict (name) do update set name = excluded.name
       returning store_identity as identity`,
      [encoder],
    );
    if (known?.identity === identity) return;
    await tx.execute('update knowledge.encoders set store_identity = ? where name = ?', [identity, encoder]);
    await tx.execute('update knowledge.embeddings set is_stored = false where encoder = ? and is_stored', [encoder]);
  });
}

export interface PendingPoint extends VectorPoint {
  revision: number;
}

/** @param audience an SQL expression over the chunk `c` */
export async function readPending(
  em: EntityManager,
  encoder: string,
  audience: string,
  limit: number,
): Promise<PendingPoint[]> {
  const rows = await em.execute<{ id: string; vector: Buffer; source: string; audience: string; revision: number }[]>(
    // Limited before the join. Otherwise, PostgreSQL merges with all chunks from the first one on.
    `with pending as materialized (
       select chunk_id, vector, revision from knowledge.embeddings
       where encoder = ? and not is_stored order by chunk_id limit ${limit})
     select c.id, e.vector, c.source_id as source, coalesce(${audience}, '') as audience, e.revision
     from pending e join knowledge.chunks c on c.id = e.chunk_id`,
    [encoder],
  );
  return rows.map((row) => ({ ...row, id: Number(row.id), vector: vectorOf(row.vector) }));
}

/** If the audience of a vector has changed since it was read, the vector stays pending. */
export async function markStored(em: EntityManager, encoder: string, points: readonly PendingPoint[]): Promise<void> {
  await em.execute(
    `update knowledge.embeddings e set is_stored = true
     from jsonb_to_recordset(?::jsonb) as x(id bigint, revision int)
     where e.chunk_id = x.id and e.encoder = ? and e.revision = x.revision`,
    [JSON.stringify(points.map(({ id, revision }) => ({ id, revision }))), encoder],
  );
}

export async function readRemovals(em: EntityManager, limit: number): Promise<number[]> {
  const rows = await em.execute<{ id: string }[]>(
    `select chunk_id as id from knowledge.vector_removals order by chunk_id limit ${limit}`,
  );
  return rows.map(({ id }) => Number(id));
}

export async function deleteRemovals(em: EntityManager, ids: readonly number[]): Promise<void> {
  await em.execute(
    `delete from knowledge.vector_removals where chunk_id = any (array(select jsonb_array_elements_text(?::jsonb)::bigint))`,
    [JSON.stringify(ids)],
  );
}

/** Deletes the vectors of encoders that are not named. */
export async function deleteOtherVectors(em: EntityManager, encoders: readonly string[]): Promise<void> {
  const kept = JSON.stringify(encoders);
  const names = 'array(select jsonb_array_elements_text(?::jsonb))';
  await em.execute(`delete from knowledge.embeddings where encoder <> all (${names})`, [kept]);
  await em.execute(`delete from knowledge.encoders where active_since is null and name <> all (${names})`, [kept]);
}

export interface IndexProgress {
  chunks: number;
  /** Chunks in a language that the encoder knows. */
  embeddable: number;
  embedded: number;
  stored: number;
  removals: number;
}

export async function readProgress(
  em: EntityManager,
  encoder: string,
  languages: readonly string[],
): Promise<IndexProgress> {
  const [row] = await em.execute<Record<keyof IndexProgress, string>[]>(
    `select
       (select count(*) from knowledge.chunks) as chunks,
       (select count(*) from knowledge.chunks where language = any (array(select jsonb_array_elements_text(?::jsonb)))) as embeddable,
       (select count(*) from knowledge.embeddings where encoder = ?) as embedded,
       (select count(*) from knowledge.embeddings where encoder = ? and is_stored) as stored,
       (select count(*) from knowledge.vector_removals) as removals`,
    [JSON.stringify(languages), encoder, encoder],
  );
  return Object.fromEntries(
    Object.entries(row!).map(([name, count]) => [name, Number(count)]),
  ) as unknown as IndexProgress;
}
