/**
 * Replaces the keys of terms that an earlier version wrote, in batches. Each job does one batch and enqueues the next, so it resumes after a
 * restart. Until then the earlier keys answer. Holds no keys; see term.keys.ts.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { Jobs } from '@chat/kit/jobs/jobs';
import type { Logger } from '@chat/kit/logging';
import { KEY_VERSION } from './term.keys';
import { noteChange, saveKeys, TERM_COLUMNS, type TermRow } from './term.store';

/** The task's name. */
export const REPLACE_TERM_KEYS = 'replace-term-keys';
/** Terms per transaction. */
const BATCH = 500;

export class TermRekeying {
  constructor(
    private readonly jobs: Jobs,
    private readonly fork: () => EntityManager,
    private readonly log: Logger,
    private readonly batch = BATCH,
  ) {}

  /** Never throws, because an hourly job retries it. */
  async start(): Promise<void> {
    try {
      if (await hasEarlierKeys(this.fork())) await this.enqueue(this.fork(), {});
    } catch (error) {
      this.log.warn({ err: error }, 'could not enqueue the job that replaces the keys of terms');
    }
  }

  /** The job. Idempotent. */
  readonly replace = async ({ after }: { after?: string }): Promise<void> => {
    if (!(await hasEarlierKeys(this.fork()))) return;
    await this.fork().transactional(async (tx) => {
      const rows = await tx.execute<TermRow[]>(
        `select ${TERM_COLUMNS} from knowledge.terms t where (?::uuid is null or t.id > ?::uuid) order by t.id limit ? for update`,
        [after ?? null, after ?? null, this.batch],
      );
      for (const row of rows) await saveKeys(tx, row);
      if (rows.length > 0) return this.enqueue(tx, { after: rows.at(-1)!.id });
      await tx.execute('update knowledge.dictionary_state set key_version = ?', [KEY_VERSION]);
      await noteChange(tx);
      this.log.info('replaced the keys of all terms');
    });
  };

  private enqueue(em: EntityManager, payload: object): Promise<void> {
    return this.jobs.enqueue(em, REPLACE_TERM_KEYS, payload, { key: REPLACE_TERM_KEYS, queue: REPLACE_TERM_KEYS });
  }
}

async function hasEarlierKeys(em: EntityManager): Promise<boolean> {
  const [row] = await em.execute<{ earlier: boolean }[]>(
    'select key_version < ? as earlier from knowledge.dictionary_state',
    [KEY_VERSION],
  );
  return row!.earlier;
}
