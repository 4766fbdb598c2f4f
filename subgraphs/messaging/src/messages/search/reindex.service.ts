/**
 * Reindexes messages from before the current text analysis in batches, newest first. Until then, searches match them as before. Each job
 * does one batch and enqueues the next, so it blocks no other job and resumes after a restart.
 */
// cspell:words reindexing
import type { EntityManager } from '@chat/kit/database/database';
import type { Jobs } from '@chat/kit/jobs/jobs';
import type { Logger } from '@chat/kit/logging';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TextReader } from '../formatting/text.reader';
import { countUnanalysed, readUnanalysed, replaceDocuments } from './reindex.store';

/** The task's name. */
export const REINDEX = 'reindex-messages';
/** Messages per transaction. */
const BATCH = 500;

export interface ReindexPayload {
  /** The id at which the last batch ended; absent from the first. */
  before?: string;
  done?: number;
  total?: number;
}

export class ReindexService {
  constructor(
    private readonly jobs: Jobs,
    private readonly texts: TextReader,
    private readonly fork: () => EntityManager,
    private readonly log: Logger,
    private readonly batch = BATCH,
  ) {}

  /** Never throws, because an hourly job retries it. */
  async start(): Promise<void> {
    try {
      await this.enqueue(this.fork(), {});
    } catch (error) {
      this.log.warn({ err: error }, 'could not enqueue the reindexing job; it starts within the hour');
    }
  }

  /** The job. Idempotent, and resumes if it is interrupted. */
  readonly reindex = async (
    { before, done = 0, total }: ReindexPayload,
    { signal }: { signal: AbortSignal },
  ): Promise<void> => {
    const rows = await readUnanalysed(this.fork(), before ?? null, this.batch);
    if (rows.length === 0) {
      if (done > 0) this.log.info({ done }, 'reindexed all messages for search');
      return;
    }
    const expected = total ?? (await countUnanalysed(this.fork()));
    const documents: Parameters<typeof replaceDocuments>[1][number][] = [];
    for (const { id, body } of rows) {
      documents.push({ id, body, document: await this.texts.document(body, signal) });
      await nextTurn(); // give way to requests
    }
    const progress = { done: done + rows.length, total: expected };
    await this.fork().transactional(async (tx) => {
      await replaceDocuments(tx, documents);
      await this.enqueue(tx, { before: rows.at(-1)!.id, ...progress });
    });
    this.log.info(progress, 'reindexing messages for search');
  };

  private enqueue(em: EntityManager, payload: ReindexPayload): Promise<void> {
    return this.jobs.enqueue(em, REINDEX, payload, { key: REINDEX, queue: REINDEX });
  }
}
