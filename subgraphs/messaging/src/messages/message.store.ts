/**
 * Writes new messages: any number of them, into any channels, by one statement that also numbers them, moves their channels' and
 * authors' counters and appends their events. One statement is one transaction: all of it happens or none.
 */
import type { EntityManager } from '@chat/kit/database/database';
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
  clientMutationId: string | null;
  /** Of everything that a repetition must repeat. */
  digest: string | null;
}

/** The message that a draft became: itself, or an earlier one of the same `clientMutationId` (with the digest it was sent with). */
export interface SentMessage {
  message: MessageEntity;
  digest: string | null;
}

type SentRow = MessageRow & { client_mutation_id: string | null; client_mutation_digest: string | null };

const INSERT = `
with input as (
  select * from jsonb_to_recordset(?::jsonb) as i(ord int, id uuid, "channelId" uuid, "authorId" uuid, "parentId" uuid, body text,
                                                  "clientMutationId" text, digest text)),
fresh as (
  select i.*, row_number() over (partition by "channelId" order by ord) as n from input i
  where "clientMutationId" is null or not exists (
    select 1 from messaging.messages m where m.author_id = i."authorId" and m.client_mutation_id = i."clientMutationId")),
counts as (select "channelId" as channel_id, count(*) as n from fresh group by 1),
locked as materialized (
  select c.id from messaging.channels c join counts on counts.channel_id = c.id order by c.id for no key update of c),
channel as (
  update messaging.channels c set last_seq = c.last_seq + counts.n from counts, locked
  where c.id = counts.channel_id and locked.id = c.id returning c.id, c.last_seq - counts.n as base),
stream as (
  insert into messaging.event_stream as s (stream, last_seq)
  select 'channel:' || channel_id, n from counts join locked on locked.id = channel_id order by 1
  on conflict (stream) do update set last_seq = s.last_seq + excluded.last_seq returning stream, last_seq),
numbered as (
  select f.*, channel.base + f.n as seq, stream.last_seq - counts.n + f.n as event_seq, stream.stream
  from fresh f join channel on channel.id = f."channelId" join counts on counts.channel_id = f."channelId"
  join stream on stream.stream = 'channel:' || f."channelId"),
event as (
  insert into messaging.event (stream, seq, type, payload)
  select stream, event_seq, 'MessageAdded', jsonb_build_object('messageId', id) from numbered),
author as (
  update messaging.members a set read_seq = own.seq, mention_count = 0, last_sent_at = now()
  from (select "channelId", "authorId", max(seq) as seq from numbered group by 1, 2) own
  where a.channel_id = own."channelId" and a.user_id = own."authorId"),
parent as (
  update messaging.messages p set reply_count = p.reply_count + replies.n
  from (select "parentId" as id, count(*) as n from fresh where "parentId" is not null group by 1) replies where p.id = replies.id)
insert into messaging.messages as m (id, channel_id, seq, event_seq, author_id, parent_id, body, created_at, client_mutation_id,
                                     client_mutation_digest)
select id, "channelId", seq, event_seq, "authorId", "parentId", body, now(), "clientMutationId", digest from numbered order by ord
returning ${MESSAGE_COLUMNS}, m.client_mutation_id, m.client_mutation_digest`;

/** @returns what each draft became, in their order, and the events to publish. */
export async function insertMessages(
  em: EntityManager,
  drafts: readonly MessageDraft[],
): Promise<{ sent: SentMessage[]; events: EventRow[] }> {
  const rows = await em.execute<SentRow[]>(INSERT, [JSON.stringify(drafts.map((draft, ord) => ({ ...draft, ord })))]);
  const inserted = new Map(rows.map((row) => [row.id, toSent(row)]));
  const sent: SentMessage[] = [];
  for (const draft of drafts) sent.push(inserted.get(draft.id) ?? (await findSent(em, draft)));
  const events = [...inserted.values()].map(({ message }) => ({
    stream: channelStream(message.channelId),
    seq: message.eventSeq,
    type: 'MessageAdded',
    payload: { messageId: message.id },
  }));
  return { sent, events: events.sort((a, b) => a.seq - b.seq) };
}

async function findSent(em: EntityManager, { authorId, clientMutationId }: MessageDraft): Promise<SentMessage> {
  const [row] = await em.execute<SentRow[]>(
    `select ${MESSAGE_COLUMNS}, m.client_mutation_id, m.client_mutation_digest from messaging.messages m
     where m.author_id = ? and m.client_mutation_id = ?`,
    [authorId, clientMutationId],
  );
  if (!row) throw new Error('A message was neither inserted nor found.');
  return toSent(row);
}

const toSent = (row: SentRow): SentMessage => ({ message: toMessage(row), digest: row.client_mutation_digest });
