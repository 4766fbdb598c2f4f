/**
 * Writes new messages: any number of them, into any channels, by one statement that also numbers them, moves the counters of
 * channels and members and appends the events. One statement is one transaction: all of it happens or none.
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

/*
 * Locks are taken in one order, so that statements in several processes wait for each other in a queue and never in a circle:
 * channels by id, then members, then streams by name.
 */
const INSERT = `
with input as (
  select * from jsonb_to_recordset(?::jsonb) as i(ord int, id uuid, "channelId" uuid, "authorId" uuid, "parentId" uuid, body text,
    "mentionedIds" uuid[], "notifiedIds" uuid[], "clientMutationId" text, digest text)),
fresh as (
  select i.*, row_number() over (partition by "channelId" order by ord) as n from input i
  where "clientMutationId" is null or not exists (
    select 1 from messaging.messages m where m.author_id = i."authorId" and m.client_mutation_id = i."clientMutationId")),
counts as (select "channelId" as channel_id, count(*) as n from fresh group by 1),
locked as materialized (
  select c.id, c.type from messaging.channels c join counts on counts.channel_id = c.id order by c.id for no key update of c),
channel as (
  update messaging.channels c set last_seq = c.last_seq + counts.n from counts, locked
  where c.id = counts.channel_id and locked.id = c.id returning c.id, c.last_seq - counts.n as base),
stream as (
  insert into messaging.event_stream as s (stream, last_seq)
  select 'channel:' || channel_id, n from counts join locked on locked.id = channel_id order by 1
  on conflict (stream) do update set last_seq = s.last_seq + excluded.last_seq returning stream, last_seq),
numbered as (
  select f.*, locked.type, channel.base + f.n as seq, stream.last_seq - counts.n + f.n as event_seq, stream.stream
  from fresh f join channel on channel.id = f."channelId" join locked on locked.id = f."channelId"
  join counts on counts.channel_id = f."channelId" join stream on stream.stream = 'channel:' || f."channelId"),
event as (
  insert into messaging.event (stream, seq, type, payload)
  select stream, event_seq, 'MessageAdded', jsonb_build_object('messageId', id) from numbered),
mention as (
  insert into messaging.mentions (channel_id, user_id, seq)
  select "channelId", user_id, seq from numbered, unnest("notifiedIds") as user_id
  returning channel_id, user_id, seq),
own as (select "channelId" as channel_id, "authorId" as user_id, max(seq) as seq from numbered group by 1, 2),
touched as (
  select channel_id, user_id, own.seq as own_seq, count(mention.seq) filter (where mention.seq > coalesce(own.seq, 0)) as mentions
  from own full join mention using (channel_id, user_id) group by 1, 2, 3),
member as (
  update messaging.members m set
    read_seq = coalesce(t.own_seq, m.read_seq),
    mention_count = t.mentions + case when t.own_seq is null then m.mention_count else 0 end,
    last_sent_at = case when t.own_seq is null then m.last_sent_at else now() end
  from touched t where m.channel_id = t.channel_id and m.user_id = t.user_id returning 1),
notice as (
  select 'inbox:' || user_id as stream, type, message_id, channel_id,
    row_number() over (partition by user_id order by ord, type) as n
  from (
    select user_id, 'Mentioned' as type, id as message_id, "channelId" as channel_id, ord
    from numbered, unnest("notifiedIds") as user_id
    union all
    select m.user_id, 'DirectMessageReceived', id, "channelId", ord from numbered
    join messaging.members m on m.channel_id = "channelId" and m.user_id <> "authorId" and m.state = 'JOINED'
    where numbered.type = 'DIRECT') as notices
  where (select count(*) from member) >= 0),
inbox as (
  insert into messaging.event_stream as s (stream, last_seq)
  select stream, count(*) from notice group by stream order by stream
  on conflict (stream) do update set last_seq = s.last_seq + excluded.last_seq returning stream, last_seq),
inbox_event as (
  insert into messaging.event (stream, seq, type, payload)
  select stream, inbox.last_seq - max(n) over (partition by stream) + n, type,
    jsonb_build_object('messageId', message_id, 'channelId', channel_id)
  from notice join inbox using (stream) returning stream, seq, type, payload),
parent as (
  update messaging.messages p set reply_count = p.reply_count + replies.n
  from (select "parentId" as id, count(*) as n from fresh where "parentId" is not null group by 1) replies where p.id = replies.id),
inserted as (
  insert into messaging.messages as m (id, channel_id, seq, event_seq, author_id, parent_id, body, created_at, mentioned_ids,
                                       client_mutation_id, client_mutation_digest)
  select id, "channelId", seq, event_seq, "authorId", "parentId", body, now(), "mentionedIds", "clientMutationId", digest
  from numbered order by ord
  returning ${MESSAGE_COLUMNS}, m.client_mutation_digest)
select inserted.*, case when id = (select id from fresh order by ord limit 1)
  then (select jsonb_agg(to_jsonb(inbox_event)) from inbox_event) end as notices from inserted`;

/** @returns what each draft became, in their order, and the events to publish. */
export async function insertMessages(
  em: EntityManager,
  drafts: readonly MessageDraft[],
): Promise<{ sent: SentMessage[]; events: EventRow[] }> {
  const rows = await em.execute<InsertedRow[]>(INSERT, [
    JSON.stringify(drafts.map((draft, ord) => ({ ...draft, ord }))),
  ]);
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
