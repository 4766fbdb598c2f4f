/**
 * Backfills the HTML, ticket references and mentions of messages from before these were stored, or from an older {@link TEXT_VERSION}.
 * A job that works in batches and resumes after the last one. Sends no notifications for mentions that it finds.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { nameKey } from '@chat/identity-client/directory/directory';
import type { JobTask, Jobs } from '@chat/kit/jobs/jobs';
import type { Logger } from '@chat/kit/logging';
import type { MentionService } from '../attention/mentions/mention.service';
import { plainText, TEXT_VERSION } from './formatting/message-text';
import type { TextReader } from './formatting/text.reader';
import { storeTexts, toStore, type StoredText } from './message-html.store';

/** Messages per batch. */
const BATCH = 200;

/** The task's name. */
export const STORE_HTML = 'store-message-html';

interface Row {
  id: string;
  body: string;
  mentioned_ids: string[];
}

export class MessageHtmlBackfill {
  constructor(
    private readonly jobs: Jobs,
    private readonly reader: TextReader,
    private readonly mentions: MentionService,
    private readonly fork: () => EntityManager,
    private readonly log: Logger,
  ) {}

  /** Enqueues the job unless the backfill is complete for this version. Several processes enqueue it once. */
  async begin(): Promise<void> {
    await this.fork().transactional(async (tx) => {
      await tx.execute(
        `insert into messaging.message_html_backfill (version, total) select ?, count(*) from messaging.messages
         on conflict do nothing`,
        [TEXT_VERSION],
      );
      const [state] = await tx.execute<{ finished_at: string | null }[]>(
        'select finished_at from messaging.message_html_backfill where version = ?',
        [TEXT_VERSION],
      );
      if (state?.finished_at === null)
        await this.jobs.enqueue(tx, STORE_HTML, {}, { key: STORE_HTML, queue: STORE_HTML });
    });
  }

  /** The job. Idempotent, and resumes if it is interrupted. */
  readonly store: JobTask = async (_payload: never, { signal }) => {
    while (!signal.aborted) if (!(await this.storeBatch(signal))) return;
    signal.throwIfAborted(); // the job runs again and resumes
  };

  /** @returns whether there may be another batch. */
  private async storeBatch(signal: AbortSignal): Promise<boolean> {
    const em = this.fork();
    const [state] = await em.execute<{ position: string | null; done: string; total: string }[]>(
      'select position, done, total from messaging.message_html_backfill where version = ? and finished_at is null',
      [TEXT_VERSION],
    );
    if (!state) return false;
    const rows = await em.execute<Row[]>(
      `select m.id, m.body, m.mentioned_ids from messaging.messages m ${state.position === null ? '' : 'where m.id > ?'}
       order by m.id limit ${BATCH}`,
      state.position === null ? [] : [state.position],
    );
    const texts: { id: string; text: StoredText }[] = [];
    for (const row of rows) {
      const text = plainText(row.body) ?? (await this.reader.readApart(row.body, signal));
      const stored = toStore(row.body, text);
      if (stored) texts.push({ id: row.id, text: stored });
      if (row.body.includes('@') || row.mentioned_ids.length > 0) await this.correctMentions(em, row, text.said);
    }
    await em.transactional(async (tx) => {
      await storeTexts(tx, texts);
      await tx.execute(
        `update messaging.message_html_backfill set position = coalesce(?::uuid, position), done = done + ?,
           finished_at = case when ? then now() end where version = ?`,
        [rows.at(-1)?.id ?? null, rows.length, rows.length < BATCH, TEXT_VERSION],
      );
    });
    const done = Number(state.done) + rows.length;
    if (rows.length > 0) this.log.info({ done, of: Number(state.total) }, 'backfilled the HTML of earlier messages');
    return rows.length === BATCH;
  }

  /** Keeps accounts that have since been renamed, because the text has their former names. */
  private async correctMentions(em: EntityManager, row: Row, said: string): Promise<void> {
    const named = await this.mentions.usersNamed(said);
    const text = nameKey(row.body);
    const doubtful = row.mentioned_ids.filter((id) => !named.includes(id));
    const names = await this.mentions.namesOf(em, doubtful);
    const kept = doubtful.filter((id) => !text.includes(`@${names.get(id) ?? ' '}`));
    const ids = [...named, ...kept];
    if (ids.length === row.mentioned_ids.length && ids.every((id) => row.mentioned_ids.includes(id))) return;
    await em.execute(
      `update messaging.messages set mentioned_ids = array(select jsonb_array_elements_text(?::jsonb)::uuid)
       where id = ? and body = ?`,
      [JSON.stringify(ids), row.id, row.body],
    );
  }
}
