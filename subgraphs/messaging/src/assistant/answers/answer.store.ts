/**
 * Statements about answers. A run is one attempt of the job; its id fences the row, so that a process that was taken for dead cannot add
 * text after another one has taken over.
 */
import type { EntityManager } from '@chat/kit/database/database';
import {
  ANSWER_COLUMNS,
  ANSWER_TABLES,
  toAnswer,
  type AnswerEntity,
  type AnswerRow,
  type AnswerState,
} from './answer.entity';

/** Null if the question was removed, which removes the answer's row. */
export async function findAnswer(em: EntityManager, id: string): Promise<AnswerEntity | null> {
  const [row] = await em.execute<AnswerRow[]>(`select ${ANSWER_COLUMNS} from ${ANSWER_TABLES} where a.id = ?`, [id]);
  return row ? toAnswer(row) : null;
}

export async function findAnswerTo(em: EntityManager, questionId: string): Promise<AnswerEntity | null> {
  const [row] = await em.execute<AnswerRow[]>(
    `select ${ANSWER_COLUMNS} from ${ANSWER_TABLES} where a.question_id = ?`,
    [questionId],
  );
  return row ? toAnswer(row) : null;
}

/** Makes `runId` the run of the answer. Null as for {@link findAnswer}. */
export async function takeAnswer(em: EntityManager, id: string, runId: string): Promise<AnswerEntity | null> {
  await em.execute('update messaging.assistant_answers set run_id = ? where id = ?', [runId, id]);
  return findAnswer(em, id);
}

export type Appended = 'APPENDED' | 'CANCELLED' | 'LOST';

/** Adds text, unless the answer was cancelled or belongs to another run. */
export async function appendText(
  em: EntityManager,
  { id, runId, text, provider }: { id: string; runId: string; text: string; provider: string },
): Promise<Appended> {
  const [row] = await em.execute<{ is_cancelled: boolean }[]>(
    `update messaging.assistant_answers
     set body = body || case when is_cancelled then '' else ? end, provider = ?, state = 'STREAMING'
     where id = ? and run_id = ? and ended_at is null returning is_cancelled`,
    [text, provider, id, runId],
  );
  if (!row) return 'LOST';
  return row.is_cancelled ? 'CANCELLED' : 'APPENDED';
}

/** Whether somebody has asked to stop the answer, or it belongs to another run. */
export async function isStopped(em: EntityManager, id: string, runId: string): Promise<boolean> {
  const rows = await em.execute<unknown[]>(
    'select 1 from messaging.assistant_answers where id = ? and run_id = ? and not is_cancelled',
    [id, runId],
  );
  return rows.length === 0;
}

/**
 * Ends the answer, unless it has ended or belongs to another run.
 * @param notice becomes the text of an answer that has none
 */
export async function endAnswer(
  em: EntityManager,
  end: { id: string; runId: string; state: AnswerState; failure?: string; notice?: string },
): Promise<boolean> {
  const { id, runId, state, failure = null, notice = '' } = end;
  const rows = await em.execute<unknown[]>(
    `update messaging.assistant_answers
     set state = ?, failure = ?, ended_at = now(), body = case when body = '' then ? else body end
     where id = ? and run_id = ? and ended_at is null returning id`,
    [state, failure, notice, id, runId],
  );
  return rows.length > 0;
}

/** The text is in the message from now on. A copy would survive the deletion of the message. */
export async function dropText(em: EntityManager, id: string): Promise<void> {
  await em.execute(`update messaging.assistant_answers set body = '' where id = ?`, [id]);
}

/** @returns false if the answer has ended */
export async function requestCancel(em: EntityManager, id: string): Promise<boolean> {
  const rows = await em.execute<unknown[]>(
    'update messaging.assistant_answers set is_cancelled = true where id = ? and ended_at is null returning id',
    [id],
  );
  return rows.length > 0;
}

/** Deletes answers without a message that ended before `before`. */
export async function removeUnsent(em: EntityManager, before: Date): Promise<void> {
  await em.execute(
    `delete from messaging.assistant_answers a where a.ended_at < ?
       and not exists (select from messaging.messages m where m.id = a.id)`,
    [before],
  );
}
