/**
 * Writes new messages: any number of them, into any channels, by one call that also decides again what may have changed since they were
 * let through, numbers them, moves the counters of channels and members and appends the events (sql/send-messages.sql).
 * One call is one transaction: all that it does happens or none.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { PreparedStatement } from '@chat/kit/database/prepared-statement';
import type { EventRow } from '@chat/kit/events/stream-kind';
import { TEXT_ANALYSIS_VERSION } from '@chat/kit/text-analysis/text-document';
import type { InboxEvents } from '../attention/inbox.events';
import { channelStream, type ChannelEvents } from '../channels/channel.events';
import { TEXT_VERSION } from './formatting/message-text';
import type { StoredText } from './message-html.store';
import { MESSAGE_COLUMNS, toMessage, type MessageEntity, type MessageRow } from './message.entity';

/**
 * How a message is sent in its author's name; null if the author sends it. Only the author's own sending reads the channel, and only
 * a webhook's message can mention its author.
 */
export type MessageOrigin = 'SCHEDULE' | 'WEBHOOK' | null;

/** A message that has passed every check, and what has to be looked at again when nothing can change any more. */
export interface MessageDraft {
  id: string;
  channelId: string;
  authorId: string;
  parentId: string | null;
  body: string;
  /** A `tsvector` under which it is found, by the current text analysis; undefined if it is made later. */
  document?: string;
  /** What is stored along with it; undefined if nothing has to be. */
  text?: StoredText;
  /** Accounts that it names. */
  mentionedIds: string[];
  /** Accounts that it is brought to where they are members, each once. */
  addressedIds: string[];
  /** Brought to all members instead. */
  isToEverybody: boolean;
  clientMutationId: string | null;
  /** Of everything that a repetition must repeat. */
  digest: string | null;
  /** Whether the author may write also where it is no member. */
  isGranted: boolean;
  /** Whether the author does not have to wait in slow mode, whatever its role. */
  isExempt: boolean;
  /** Of the filtered words that the body does not have. */
  filterVersion: number;
  origin: MessageOrigin;
}

/** The message that a draft became: itself, or an earlier one of the same `clientMutationId` (with the digest it was sent with). */
export interface SentMessage {
  message: MessageEntity;
  digest: string | null;
}

/** Why a draft became nothing. Nobody else's is held up by it. */
export type Refusal =
  /** What the author may in the channel, or which words it filters, is not what it was. */
  | { refusal: 'CHANGED' }
  /** The message that it replies to is not in the channel, or deleted. */
  | { refusal: 'PARENT' }
  /** Slow mode. */
  | { refusal: 'WAIT'; waitMs: number };

export type SendOutcome = SentMessage | Refusal;

type OutcomeRow = MessageRow & {
  draft_id: string;
  client_mutation_digest: string | null;
  refusal: Refusal['refusal'] | null;
  wait_ms: number | null;
  /** The first row brings the inbox events of all. */
  notices: EventRow<InboxEvents>[] | null;
};

const OUTCOME = `select f.draft_id, ${MESSAGE_COLUMNS}, m.client_mutation_digest, f.refusal, f.wait_ms, f.notices`;

const INSERT = new PreparedStatement<OutcomeRow>(
  'send-messages',
  `${OUTCOME} from messaging.send_messages($1::jsonb) f, lateral (select (f.sent).*) m`,
);

/** A statement of its own, as most messages have nothing stored along with them. */
const INSERT_WITH_TEXTS = new PreparedStatement<OutcomeRow>(
  'send-messages-with-texts',
  `with f as materialized (select * from messaging.send_messages($1::jsonb)),
   stored as (
     insert into messaging.message_html (message_id, version, html, ticket_references)
     select t.id, ${TEXT_VERSION}, t.html, t."ticketReferences"
     from jsonb_to_recordset($2::jsonb) as t (id uuid, html text, "ticketReferences" text[])
     where t.id in (select f.draft_id from f where (f.sent).id = f.draft_id))
   ${OUTCOME} from f, lateral (select (f.sent).*) m`,
);

/** @returns what each draft became, in their order, and the events to publish. */
export async function insertMessages(
  em: EntityManager,
  drafts: readonly MessageDraft[],
): Promise<{ outcomes: SendOutcome[]; events: (EventRow<ChannelEvents> | EventRow<InboxEvents>)[] }> {
  // Of those that repeat each other the first is sent, and all get what became of it.
  const once = new Map([...drafts].reverse().map((draft) => [keyOf(draft), draft]));
  const toSend = [...once.values()].reverse();
  const input = JSON.stringify(
    toSend.map(({ text: _text, ...draft }, ord) => ({
      ...draft,
      analysis: draft.document === undefined ? 0 : TEXT_ANALYSIS_VERSION,
      ord,
    })),
  );
  const texts = toSend.flatMap(({ id, text }) => (text ? [{ id, ...text }] : []));
  const rows = await (texts.length > 0
    ? INSERT_WITH_TEXTS.run(em, [input, JSON.stringify(texts)])
    : INSERT.run(em, [input]));
  const outcomes = new Map(rows.map((row) => [row.draft_id, toOutcome(row)]));
  const events = rows
    .filter((row) => row.id === row.draft_id)
    .map(({ id, channel_id: channelId, event_seq: seq }): EventRow<ChannelEvents> => ({
      stream: channelStream.of(channelId),
      seq: Number(seq),
      type: 'MessageAdded',
      payload: { messageId: id },
    }));
  const notices = rows.flatMap((row) => row.notices ?? []);
  return {
    outcomes: drafts.map((draft) => outcomes.get(once.get(keyOf(draft))!.id)!),
    events: [...events, ...notices].sort((a, b) => a.seq - b.seq),
  };
}

const keyOf = ({ id, authorId, clientMutationId }: MessageDraft): string =>
  clientMutationId === null ? id : `${authorId} ${clientMutationId}`;

function toOutcome(row: OutcomeRow): SendOutcome {
  if (row.refusal === null) return { message: toMessage(row), digest: row.client_mutation_digest };
  return row.refusal === 'WAIT' ? { refusal: 'WAIT', waitMs: row.wait_ms! } : { refusal: row.refusal };
}
