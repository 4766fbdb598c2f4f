-- Sends drafts by one statement if all of them are plain: messages of members that are no replies, notify nobody and were not sent before,
-- in channels that are neither direct nor in slow mode. Returns draft_id, seq, event_seq and created_at of each; or null, and has written
-- nothing, if a draft is not plain or may not be sent, which is for send_messages to decide. send-messages.test.ts compares both.
--
-- Locks are acquired in the order of send_messages, as nested loops keep the order of last_draft. Rows that another transaction has
-- changed meanwhile are judged anew when they are locked.
create or replace function messaging.send_plain_messages(input jsonb) returns jsonb language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  sent jsonb;
begin
  with given as (
    select * from jsonb_to_recordset(input) as d (ord integer, id uuid, "channelId" uuid, "authorId" uuid, body text,
      "mentionedIds" uuid[], "clientMutationId" text, digest text, "filterVersion" integer, document tsvector, analysis smallint)),
  draft as materialized (
    select *, row_number() over (partition by "channelId" order by ord) as n,
      row_number() over (partition by "channelId" order by ord desc) = 1 as "isLast",
      row_number() over (partition by "channelId", "authorId" order by ord desc) = 1 as "isLastOfAuthor"
    from given),
  last_draft as materialized (select * from draft where "isLast" order by "channelId"),
  channel as (
    update messaging.channels c set last_seq = c.last_seq + d.n, last_activity_at = clock_timestamp() from last_draft d
    where c.id = d."channelId" and c.archived_at is null and c.slow_mode_seconds = 0 and c.type <> 'DIRECT'
    returning c.id, 'channel:' || c.id as stream, c.last_seq - d.n as base, d.n, c.filter_version, c.last_activity_at as moment),
  stream as (
    insert into messaging.event_stream as s (stream, last_seq) select stream, n from channel
    on conflict (stream) do update set last_seq = s.last_seq + excluded.last_seq returning stream, last_seq),
  -- Sending marks the channel as read.
  member as (
    update messaging.members m set last_sent_at = c.moment, read_seq = c.base + d.n, mention_count = 0
    from channel c join draft d on d."channelId" = c.id
    where d."isLastOfAuthor" and m.channel_id = c.id and m.user_id = d."authorId" and m.state = 'JOINED' and m.muted_until is null
    returning m.channel_id, m.user_id),
  inserted as (
    insert into messaging.messages (id, channel_id, seq, event_seq, author_id, body, created_at, mentioned_ids, client_mutation_id,
                                    client_mutation_digest, document, analysis)
    select d.id, c.id, c.base + d.n, s.last_seq - c.n + d.n, d."authorId", d.body, c.moment, d."mentionedIds", d."clientMutationId",
      d.digest, d.document, d.analysis
    from draft d join channel c on c.id = d."channelId" and c.filter_version = d."filterVersion" join stream s on s.stream = c.stream
    join member m on m.channel_id = c.id and m.user_id = d."authorId"
    returning id, channel_id, seq, event_seq, created_at),
  event as (
    insert into messaging.event (stream, seq, type, payload, created_at)
    select 'channel:' || channel_id, event_seq, 'MessageAdded', jsonb_build_object('messageId', id), created_at from inserted)
  select jsonb_agg(jsonb_build_object('draft_id', id, 'seq', seq, 'event_seq', event_seq, 'created_at', created_at)) into sent from inserted;
  if coalesce(jsonb_array_length(sent), 0) <> jsonb_array_length(input) then raise no_data_found; end if;
  return sent;
exception when no_data_found or unique_violation then return null;
end $$;
