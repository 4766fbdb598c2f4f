/**
 * Analyses the texts of messages that were written before the current text analysis, in batches, the newest first. Searches find messages
 * meanwhile as they did before. A job does one batch and enqueues the next, so that it holds up no other job and goes on after a restart.
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
/** How many messages are replaced in one transaction. */
const BATCH = 500;

export interface ReindexPayload {
  /** Where the last batch ended; absent from a first one. */
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

  /** Never throws: an hourly job does the same. */
  async start(): Promise<void> {
    try {
      await this.enqueue(this.fork(), {});
    } catch (error) {
      this.log.warn({ err: error }, 'reindexing for search was not enqueued; it starts within the hour');
    }
  }

  /** The job; safe to repeat and to interrupt. */
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
      await nextTurn(); // requests go first
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
