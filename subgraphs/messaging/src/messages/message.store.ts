/**
 * Writes new messages: any number of them, into any channels, by one call that also numbers them, moves the counters of channels and
 * members and appends the events (migrations/003-send-messages.ts). One call is one transaction: all of it happens or none.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { PreparedStatement } from '@chat/kit/database/prepared-statement';
import type { EventRow } from '@chat/kit/events/event-log';
import { channelStream } from '../channels/channel.events';
import { MESSAGE_COLUMNS, toMessage, type MessageEntity, type MessageRow } from './message.entity';

/** A message that has passed every check. */
export interface MessageDraft {
  id: string;
  channelId: string;
  authorId: string;
  parentId: string | null;
  body: string;
  /** Accounts that it names. */
  mentionedIds: string[];
  /** Members that it is brought to, without its author, each once. */
  notifiedIds: string[];
  clientMutationId: string | null;
  /** Of everything that a repetition must repeat. */
  digest: string | null;
}

/** The message that a draft became: itself, or an earlier one of the same `clientMutationId` (with the digest it was sent with). */
export interface SentMessage {
  message: MessageEntity;
  digest: string | null;
}

type SentRow = MessageRow & { client_mutation_digest: string | null };
/** The first row brings the inbox events of all. */
type InsertedRow = SentRow & { notices: EventRow[] | null };

const INSERT = new PreparedStatement<InsertedRow>(
  'send-messages',
  `select ${MESSAGE_COLUMNS}, m.client_mutation_digest, f.notices
   from messaging.send_messages($1::jsonb) f, lateral (select (f.sent).*) m`,
);

/** @returns what each draft became, in their order, and the events to publish. */
export async function insertMessages(
  em: EntityManager,
  drafts: readonly MessageDraft[],
): Promise<{ sent: SentMessage[]; events: EventRow[] }> {
  const rows = await INSERT.run(em, [JSON.stringify(drafts.map((draft, ord) => ({ ...draft, ord })))]);
  const inserted = new Map(rows.map((row) => [row.id, toSent(row)]));
  const sent: SentMessage[] = [];
  for (const draft of drafts) {
    const message = inserted.get(draft.id) ?? (await findSent(em, draft));
    if (!message) throw new Error('A message was neither inserted nor found.');
    sent.push(message);
  }
  const events = [...inserted.values()].map(({ message }) => ({
    stream: channelStream(message.channelId),
    seq: message.eventSeq,
    type: 'MessageAdded',
    payload: { messageId: message.id },
  }));
  const notices = rows.flatMap((row) => row.notices ?? []);
  return { sent, events: [...events, ...notices].sort((a, b) => a.seq - b.seq) };
}

/** What an account sent before with this `clientMutationId`. */
export async function findSent(
  em: EntityManager,
  { authorId, clientMutationId }: Pick<MessageDraft, 'authorId' | 'clientMutationId'>,
): Promise<SentMessage | undefined> {
  const [row] = await em.execute<SentRow[]>(
    `select ${MESSAGE_COLUMNS}, m.client_mutation_digest from messaging.messages m
     where m.author_id = ? and m.client_mutation_id = ?`,
    [authorId, clientMutationId],
  );
  return row && toSent(row);
}

const toSent = (row: SentRow): SentMessage => ({ message: toMessage(row), digest: row.client_mutation_digest });
