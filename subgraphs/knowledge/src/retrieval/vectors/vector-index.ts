/**
 * Keeps the vector store equal to PostgreSQL, and asks it for the passages nearest to a query. A store that is away, hangs or has lost its
 * data costs recall and never a search: `nearest` then finds nothing, and the next `synchronise` fills the store again.
 *
 * Re-embedding: the active encoder embeds queries. If the configured one is another, its vectors are made beside the active ones, and it
 * becomes active when they are complete. The earlier vectors are deleted a minute later, when no process uses them any longer.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { Logger } from '@chat/kit/logging';
import { createHash } from 'node:crypto';
import type { RetrievalSource } from '../retrieval-source';
import { embedChunks } from './embeddings';
import type { Encoder } from './encoder';
import { withDeadline } from './stores/deadline';
import type { VectorQuery, VectorStore } from './stores/vector-store';
import * as rows from './vector-index.store';

export interface VectorIndexOptions {
  /** The configured encoder first, then others with vectors that can still be asked. */
  encoders: readonly Encoder[];
  store: VectorStore | undefined;
  sources: readonly RetrievalSource[];
  log: Logger;
  /** The longest that a search waits for the store, in milliseconds; default 1000. */
  deadlineMs?: number;
}

/** The longest that a search waits for the vector of its query, in milliseconds. */
const QUERY_MS = 5000;
/** Points of one request. */
const BATCH = 200;
/** After a failure, searches do not ask the store or the encoder for this long, in milliseconds. */
const PAUSE_MS = 5000;
/** How long a process may use an encoder after another one became active, in milliseconds. */
const ACTIVE_MS = 2000;
/** The age at which an active encoder is the only one in use, in milliseconds. */
export const SETTLED_MS = 60_000;

export class VectorIndex {
  private pausedUntil = 0;
  private encoderPausedUntil = 0;
  private isAway = false;
  private active: { name: string | undefined; until: number } | undefined;

  constructor(private readonly options: VectorIndexOptions) {}

  get target(): Encoder | undefined {
    return this.options.encoders[0];
  }

  /** The encoder for queries: the one with complete vectors. Undefined if this process does not have it. */
  async queryEncoder(em: EntityManager): Promise<Encoder | undefined> {
    const { encoders } = this.options;
    if (encoders.length === 0) return undefined;
    if (!this.active || this.active.until < performance.now()) {
      const found = await rows.readActive(em);
      this.active = { name: found?.name, until: performance.now() + ACTIVE_MS };
    }
    const { name } = this.active;
    return name === undefined ? encoders[0] : encoders.find((encoder) => encoder.name === name);
  }

  /** Undefined if the encoder fails or is late: the search then goes by words alone. */
  async embedQuery(encoder: Encoder, text: string): Promise<Float32Array | undefined> {
    if (performance.now() < this.encoderPausedUntil) return undefined;
    try {
      const [vector] = await withDeadline(() => encoder.embed([text], 'QUERY'), QUERY_MS, 'encoder');
      return vector;
    } catch (error) {
      this.encoderPausedUntil = performance.now() + PAUSE_MS;
      this.options.log.warn({ err: error, encoder: encoder.name }, 'the encoder failed; searching by words');
      return undefined;
    }
  }

  /** The numbers of the nearest chunks that are similar at all, best first. Empty if the store is away. */
  async nearest(encoder: Encoder, query: VectorQuery): Promise<number[]> {
    const { store, log, deadlineMs = 1000 } = this.options;
    if (!store || performance.now() < this.pausedUntil) return [];
    try {
      const found = await withDeadline(() => store.nearest(generationOf(encoder), query), deadlineMs);
      this.isAway = false;
      return found.filter(({ similarity }) => similarity >= encoder.minSimilarity).map(({ id }) => id);
    } catch (error) {
      this.pausedUntil = performance.now() + PAUSE_MS;
      if (!this.isAway) log.warn({ err: error }, 'the vector store is away; searches find passages by words');
      this.isAway = true;
      return [];
    }
  }

  /**
   * Embeds new chunks, and brings the store up to date. Idempotent; two runs at once do work twice and no harm.
   * @returns whether an encoder became active, so that the vectors of the earlier one can be deleted in a minute
   * @throws if the encoder or the store fails; the work before is kept
   */
  async synchronise(em: EntityManager, signal?: AbortSignal): Promise<boolean> {
    const { store } = this.options;
    const { target } = this;
    if (!target) return false;
    const active = (await rows.readActive(em))?.name;
    const serving = this.options.encoders.find((encoder) => encoder.name === active);
    // Nothing answers queries with the vectors of an encoder that no process has.
    if (!serving) await rows.writeActive(em, target.name);
    const encoders = [...new Set([serving ?? target, target])];
    for (const encoder of encoders) {
      await embedChunks(em, encoder, signal);
      if (store) await this.fill(em, store, encoder, signal);
    }
    if (signal?.aborted) return false;
    if (store) await this.remove(em, store);
    const isNew = active !== target.name;
    if (isNew) await rows.writeActive(em, target.name);
    if (store) await store.activate(generationOf(target));
    await this.deleteEarlier(em);
    return isNew && active !== undefined;
  }

  private async fill(em: EntityManager, store: VectorStore, encoder: Encoder, signal?: AbortSignal): Promise<void> {
    const generation = generationOf(encoder);
    await rows.noteStore(em, encoder.name, await store.open(generation, await encoder.dimensions()));
    const audience = `case c.source ${this.options.sources.map(({ kind, audience: of }) => `when '${kind}' then ${of}`).join(' ')} end`;
    while (!signal?.aborted) {
      const points = await rows.readPending(em, encoder.name, audience, BATCH);
      if (points.length === 0) return;
      await store.upsert(generation, points);
      await rows.markStored(em, encoder.name, points);
    }
  }

  private async remove(em: EntityManager, store: VectorStore): Promise<void> {
    for (;;) {
      const ids = await rows.readRemovals(em, BATCH);
      if (ids.length === 0) return;
      for (const generation of await store.generations()) await store.remove(generation, ids);
      await rows.deleteRemovals(em, ids);
    }
  }

  private async deleteEarlier(em: EntityManager): Promise<void> {
    const { store } = this.options;
    const active = await rows.readActive(em);
    if (active?.name !== this.target?.name || !active || Date.now() - active.since.getTime() < SETTLED_MS) return;
    await rows.deleteOtherVectors(em, [active.name]);
    const current = generationOf(active);
    for (const generation of (await store?.generations()) ?? [])
      if (generation !== current) await store!.drop(generation);
  }

  async progress(em: EntityManager): Promise<(rows.IndexProgress & { encoder: string }) | undefined> {
    const { target } = this;
    return target && { encoder: target.name, ...(await rows.readProgress(em, target.name, target.languages)) };
  }
}

/** A name that stores accept, and that no two encoders share. */
export function generationOf({ name }: Pick<Encoder, 'name'>): string {
  const readable = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `${readable.slice(0, 40)}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}
