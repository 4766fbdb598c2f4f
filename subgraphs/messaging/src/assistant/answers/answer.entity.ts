/** An answer of the assistant as a row and as an entity. Plain objects, because statements change a row and decide about it at once. */
import { registerEnumType } from 'type-graphql';

export enum AnswerState {
  WAITING = 'WAITING',
  STREAMING = 'STREAMING',
  COMPLETE = 'COMPLETE',
  INTERRUPTED = 'INTERRUPTED',
  CANCELLED = 'CANCELLED',
  FAILED = 'FAILED',
}

registerEnumType(AnswerState, {
  name: 'AssistantAnswerState',
  description: 'Progress of an answer. Only WAITING and STREAMING change.',
  valuesConfig: {
    WAITING: { description: 'No provider has sent text yet.' },
    STREAMING: { description: 'A provider is sending text.' },
    COMPLETE: { description: 'The provider has said that the text is complete.' },
    INTERRUPTED: { description: 'The text ends where the provider, or the process that asked it, failed.' },
    CANCELLED: { description: 'Somebody has stopped it. The text so far is kept.' },
    FAILED: {
      description: 'No provider has sent text, which the message then says; or the assistant may not answer here.',
    },
  },
});

export const isEnded = (state: AnswerState): boolean =>
  state !== AnswerState.WAITING && state !== AnswerState.STREAMING;

/** The columns of {@link AnswerRow}, for the alias `a`, with the text of the message once it exists as `m`. */
export const ANSWER_COLUMNS = `a.id, a.question_id, a.channel_id, a.parent_id, a.asker_id, a.made_by_key, a.state, a.provider, a.failure,
  a.is_cancelled, a.created_at, a.ended_at, coalesce(m.body, a.body) as body, m.id is not null as is_sent`;

/** The tables of {@link ANSWER_COLUMNS}. */
export const ANSWER_TABLES = 'messaging.assistant_answers a left join messaging.messages m on m.id = a.id';

export interface AnswerRow {
  id: string;
  question_id: string;
  channel_id: string;
  parent_id: string | null;
  asker_id: string;
  made_by_key: string | null;
  state: AnswerState;
  provider: string | null;
  failure: string | null;
  is_cancelled: boolean;
  created_at: string;
  ended_at: string | null;
  body: string;
  is_sent: boolean;
}

export interface AnswerEntity {
  /** Also the id of the message that the answer becomes. */
  id: string;
  questionId: string;
  channelId: string;
  parentId: string | null;
  askerId: string;
  /** The API key that asked; null if the account asked in a session. */
  keyId: string | null;
  state: AnswerState;
  provider: string | null;
  failure: string | null;
  /** Whether somebody has asked to stop it. */
  isCancelled: boolean;
  createdAt: Date;
  endedAt: Date | null;
  /** The text so far. */
  body: string;
  /** Whether the message exists. */
  isSent: boolean;
}

export const toAnswer = (row: AnswerRow): AnswerEntity => ({
  id: row.id,
  questionId: row.question_id,
  channelId: row.channel_id,
  parentId: row.parent_id,
  askerId: row.asker_id,
  keyId: row.made_by_key,
  state: row.state,
  provider: row.provider,
  failure: row.failure,
  isCancelled: row.is_cancelled,
  createdAt: new Date(row.created_at),
  endedAt: row.ended_at === null ? null : new Date(row.ended_at),
  body: row.body,
  isSent: row.is_sent,
});
