/**
 * Writes new messages, any number into any channels, by one call of sql/send-messages.sql. The call checks access again under the
 * lock, numbers the messages, updates the counters of channels and members, and appends the events. One call is one transaction.
 */
import { PreparedStatement, type PoolSource } from '@chat/kit/database/prepared-statement';
import type { EventRow } from '@chat/kit/events/stream-kind';
import type { InboxEvents } from '../attention/inbox.events';
import { channelStream, type ChannelEvents } from '../channels/channel.events';
import { TEXT_VERSION } from './formatting/message-text';
import { analysisOf, type MessageDraft } from './message-draft';
import { toMessage, type MessageEntity, type MessageRow } from './message.entity';
import { insertPlainMessages, isPlain } from './plain-messages.store';

/** The message of a draft: a new one, or the earlier one with the same `clientMutationId` and its digest. */
export interface SentMessage {
  message: MessageEntity;
  digest: string | null;
}

/** The refusal of one draft. It does not affect other drafts. */
export type Refusal =
  /** The author's access to the channel, or the channel's filtered words, have changed. */
  | { refusal: 'CHANGED' }
  /** The parent message is deleted or in another channel. */
  | { refusal: 'PARENT' }
  /** Slow mode. */
  | { refusal: 'WAIT'; waitMs: number };

export type SendOutcome = SentMessage | Refusal;

/** Of a message only what its draft does not know: a result costs by its columns. */
interface OutcomeRow {
  draft_id: string;
  seq: string | number;
  event_seq: string | number;
  created_at: string;
  /** The message sent before with the draft's `clientMutationId`. */
  earlier: (MessageRow & { client_mutation_digest: string | null }) | null;
  refusal: Refusal['refusal'] | null;
  wait_ms: number | null;
  /** The first row has the inbox events of all rows. */
  notices: NoticeGroup[] | null;
}

/** Equal events of many inboxes. */
interface NoticeGroup<Type extends keyof InboxEvents = 'Mentioned' | 'DirectMessageReceived'> {
  type: Type;
  payload: InboxEvents[Type];
  /** The streams, and the event's number in each of them, separated by spaces. */
  streams: string;
  seqs: string;
}

const OUTCOME = `select f.draft_id, (f.sent).seq, (f.sent).event_seq, (f.sent).created_at,
  case when (f.sent).id <> f.draft_id then to_jsonb(f.sent) end as earlier, f.refusal, f.wait_ms, f.notices`;

const INSERT = new PreparedStatement<OutcomeRow>(
  'send-messages',
  `${OUTCOME} from messaging.send_messages($1::jsonb) f`,
);

/** Separate, because most messages have neither stored text nor attachments nor a question. */
const INSERT_WITH_PARTS = new PreparedStatement<OutcomeRow>(
  'send-messages-with-parts',
  `with f as materialized (select * from messaging.send_messages($1::jsonb)),
   stored as (
     insert into messaging.message_html (message_id, version, html, ticket_references)
     select t.id, ${TEXT_VERSION}, t.html, t."ticketReferences"
     from jsonb_to_recordset($2::jsonb) as t (id uuid, html text, "ticketReferences" text[])
     where t.id in (select f.draft_id from f where (f.sent).id = f.draft_id)),
   attached as (
     insert into messaging.message_attachments (message_id, position, file_id)
     select a.id, a.position, a."fileId" from jsonb_to_recordset($3::jsonb) as a (id uuid, position int, "fileId" uuid)
     where a.id in (select f.draft_id from f where (f.sent).id = f.draft_id)),
   asked as (
     insert into messaging.assistant_answers (id, question_id, channel_id, parent_id, asker_id, made_by_key)
     select q."answerId", (f.sent).id, (f.sent).channel_id, (f.sent).parent_id, (f.sent).author_id, q."keyId"
     from jsonb_to_recordset($4::jsonb) as q (id uuid, "answerId" uuid, "keyId" uuid)
     join f on f.draft_id = q.id and (f.sent).id = q.id)
   ${OUTCOME} from f`,
);

/** @returns the outcome of each draft, in order, and the events to publish. */
export async function insertMessages(
  pool: PoolSource,
  drafts: readonly MessageDraft[],
): Promise<{ outcomes: SendOutcome[]; events: (EventRow<ChannelEvents> | EventRow<InboxEvents>)[] }> {
  // If drafts repeat each other, the first is sent, and all of them get its outcome.
  const once = new Map([...drafts].reverse().map((draft) => [keyOf(draft), draft]));
  const toSend = [...once.values()].reverse();
  const plain = toSend.every(isPlain) ? await insertPlainMessages(pool, toSend) : undefined;
  const rows = plain?.map((row) => ({ ...row, ...AS_ASKED })) ?? (await insertAny(pool, toSend));
  const byId = new Map(toSend.map((draft) => [draft.id, draft]));
  const outcomes = new Map(rows.map((row) => [row.draft_id, toOutcome(row, byId.get(row.draft_id)!)]));
  const events = rows
    .filter(({ refusal, earlier }) => refusal === null && !earlier)
    .map(({ draft_id: messageId, event_seq: seq }): EventRow<ChannelEvents> => ({
      stream: channelStream.of(byId.get(messageId)!.channelId),
      seq: Number(seq),
      type: 'MessageAdded',
      payload: { messageId },
    }));
  const notices = rows.flatMap((row) => row.notices ?? []).flatMap(eventsOf);
  return {
    outcomes: drafts.map((draft) => outcomes.get(once.get(keyOf(draft))!.id)!),
    events: [...events, ...notices].sort((a, b) => a.seq - b.seq),
  };
}

/** The outcome of a plain message. */
const AS_ASKED = { earlier: null, refusal: null, wait_ms: null, notices: null } satisfies Partial<OutcomeRow>;

function insertAny(pool: PoolSource, toSend: readonly MessageDraft[]): Promise<OutcomeRow[]> {
  const input = JSON.stringify(
    toSend.map(({ text: _text, attachmentIds: _ids, question: _question, isInPlainChannel: _is, ...draft }, ord) => ({
      ...draft,
      analysis: analysisOf(draft),
      ord,
      // Asks for groups; earlier releases read the events one by one.
      ...(ord === 0 && { groupsNotices: true }),
    })),
  );
  const texts = toSend.flatMap(({ id, text }) => (text ? [{ id, ...text }] : []));
  const attached = toSend.flatMap(({ id, attachmentIds = [] }) =>
    attachmentIds.map((fileId, position) => ({ id, position, fileId })),
  );
  const asked = toSend.flatMap(({ id, question }) => (question ? [{ id, ...question }] : []));
  return texts.length + attached.length + asked.length > 0
    ? INSERT_WITH_PARTS.run(pool, [input, ...[texts, attached, asked].map((parts) => JSON.stringify(parts))])
    : INSERT.run(pool, [input]);
}

function eventsOf({ type, payload, streams, seqs }: NoticeGroup): EventRow<InboxEvents>[] {
  const numbers = seqs.split(' ');
  return streams.split(' ').map((stream, index) => ({ stream, seq: Number(numbers[index]), type, payload }));
}

const keyOf = ({ id, authorId, clientMutationId }: MessageDraft): string =>
  clientMutationId === null ? id : `${authorId} ${clientMutationId}`;

function toOutcome(row: OutcomeRow, draft: MessageDraft): SendOutcome {
  if (row.refusal === 'WAIT') return { refusal: 'WAIT', waitMs: row.wait_ms! };
  if (row.refusal !== null) return { refusal: row.refusal };
  if (row.earlier) return { message: toMessage(row.earlier), digest: row.earlier.client_mutation_digest };
  return { message: newMessage(row, draft), digest: draft.digest };
}

const newMessage = (row: OutcomeRow, draft: MessageDraft): MessageEntity => ({
  id: draft.id,
  channelId: draft.channelId,
  seq: Number(row.seq),
  eventSeq: Number(row.event_seq),
  author: { id: draft.authorId },
  parentId: draft.parentId?.toLowerCase() ?? null,
  body: draft.body,
  createdAt: new Date(row.created_at),
  editedAt: null,
  deletedAt: null,
  replyCount: 0,
  pinned: false,
  mentions: draft.mentionedIds.map((id) => ({ id })),
  reactions: [],
});
