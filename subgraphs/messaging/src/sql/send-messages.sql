-- Writes new messages, any number into any channels, in one call: decides under the lock whether each draft may be sent, numbers the
-- messages, moves counters, records mentions and appends events. The rules are those of channels/channel.rules.ts, which
-- send-messages.test.ts compares with this function. Returns one row per draft: the message, or the refusal.
--
-- Locks are acquired in one order (channels by id, then members, then inboxes by name), so that processes queue and never deadlock.
create or replace function messaging.send_messages(input jsonb)
  returns table (draft_id uuid, sent messaging.messages, refusal text, wait_ms double precision, notices jsonb) language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  asked messaging.draft[] := array(select row(d.*)::messaging.draft from jsonb_populate_recordset(null::messaging.draft, input) d);
  drafts messaging.draft[] := asked;
  moment timestamptz;
  earlier messaging.messages[];
  refused jsonb;
  written messaging.messages[];
  new_notices jsonb;
begin
  perform 1 from messaging.channels c where c.id in (select d."channelId" from unnest(asked) d) order by c.id for no key update;
  moment := clock_timestamp();

  earlier := array(select m from unnest(asked) d join messaging.messages m
    on m.author_id = d."authorId" and m.client_mutation_id = d."clientMutationId");
  if cardinality(earlier) > 0 then
    drafts := array(select d from unnest(asked) d where not exists (select 1 from unnest(earlier) e
      where e.author_id = d."authorId" and e.client_mutation_id = d."clientMutationId") order by d.ord);
  end if;

  -- Skip the decision if no draft needs one, as is usual.
  if exists (
    select 1 from unnest(drafts) d
    left join messaging.channels c on c.id = d."channelId"
    left join messaging.members m on m.channel_id = d."channelId" and m.user_id = d."authorId"
    where (m.state = 'JOINED' and m.muted_until is null and d."parentId" is null
      and c.archived_at is null and c.slow_mode_seconds = 0 and c.filter_version = d."filterVersion") is not true
  ) then
    with judged as materialized (
      select d as draft, d.ord, d."channelId", d."authorId",
        case
          when c.id is null or c.archived_at is not null or c.filter_version <> d."filterVersion" or m.muted_until > moment
            or not (coalesce(m.state = 'JOINED', false) or (d."isGranted" and m.state is distinct from 'BANNED')) then 'CHANGED'
          when d."parentId" is not null and not exists (select 1 from messaging.messages p
            where p.id = d."parentId" and p.channel_id = c.id and p.deleted_at is null) then 'PARENT'
        end as refusal,
        slow.pause,
        -- An author with a grant and no membership has no row that holds the time of the last message.
        case when m.user_id is not null or slow.pause is null then m.last_sent_at else (
          select n.created_at from (
            select * from messaging.messages n where n.channel_id = c.id and n.created_at > moment - slow.pause
            order by n.created_at desc offset 0) n
          where n.author_id = d."authorId" limit 1) end as last_sent_at
      from unnest(drafts) d
      left join messaging.channels c on c.id = d."channelId"
      left join messaging.members m on m.channel_id = d."channelId" and m.user_id = d."authorId"
      cross join lateral (select case when c.slow_mode_seconds > 0 and not d."isExempt"
        and not coalesce(m.state = 'JOINED' and m.role <> 'MEMBER' and c.type <> 'DIRECT', false)
        then make_interval(secs => c.slow_mode_seconds) end as pause) slow),
    timed as (
      select j.*, case when j.refusal is null and j.pause is not null then 1000 * extract(epoch from case
        when count(*) filter (where j.refusal is null) over (
          partition by j."channelId", j."authorId" order by j.ord rows between unbounded preceding and 1 preceding) > 0
        then j.pause else j.last_sent_at + j.pause - moment end) end as wait_ms
      from judged j)
    select
      coalesce(array_agg(t.draft order by t.ord) filter (where t.refusal is null and coalesce(t.wait_ms, 0) <= 0), '{}'),
      jsonb_agg(jsonb_build_object('id', (t.draft).id, 'refusal', coalesce(t.refusal, 'WAIT'), 'wait_ms', t.wait_ms))
        filter (where t.refusal is not null or t.wait_ms > 0)
    into drafts, refused from timed t;
  end if;

  with fresh as (select d.*, row_number() over (partition by d."channelId" order by d.ord) as n from unnest(drafts) d),
  counts as (select f."channelId" as channel_id, count(*) as n from fresh f group by 1),
  channel as (
    update messaging.channels c set last_seq = c.last_seq + counts.n, last_activity_at = moment from counts where c.id = counts.channel_id
    returning c.id, c.last_seq - counts.n as base),
  stream as (
    insert into messaging.event_stream as s (stream, last_seq)
    select 'channel:' || channel_id, n from counts order by 1
    on conflict (stream) do update set last_seq = s.last_seq + excluded.last_seq returning stream, last_seq),
  numbered as (
    select f.*, channel.base + f.n as seq, stream.last_seq - counts.n + f.n as event_seq, stream.stream
    from fresh f join channel on channel.id = f."channelId" join counts on counts.channel_id = f."channelId"
    join stream on stream.stream = 'channel:' || f."channelId"),
  event as (
    insert into messaging.event (stream, seq, type, payload, created_at)
    select stream, event_seq, 'MessageAdded', jsonb_build_object('messageId', id), moment from numbered),
  inserted as (
    insert into messaging.messages (id, channel_id, seq, event_seq, author_id, parent_id, body, created_at, mentioned_ids,
                                    client_mutation_id, client_mutation_digest, document, analysis)
    select id, "channelId", seq, event_seq, "authorId", "parentId", body, moment, "mentionedIds", "clientMutationId", digest,
      document, coalesce(analysis, 0)
    from numbered returning messages.*)
  select array_agg(row(i.*)::messaging.messages) into written from inserted i;

  if written is not null then
    -- Sending in person marks the channel as read. Sending by a webhook or a schedule does not.
    update messaging.members m set last_sent_at = moment,
      read_seq = coalesce(own.seq, m.read_seq), mention_count = case when own.seq is null then m.mention_count else 0 end
    from (
      select w.channel_id, w.author_id, max(w.seq) filter (where d.origin is null) as seq
      from unnest(written) w join unnest(drafts) d on d.id = w.id group by 1, 2) own
    where m.channel_id = own.channel_id and m.user_id = own.author_id;

    if cardinality(written) = 1 and input->0 ? 'groupsNotices' and exists (
      select 1 from unnest(drafts) d where d.id = written[1].id and d."isToEverybody") and not exists (
      select 1 from messaging.channels c where c.type = 'DIRECT' and c.id = written[1].channel_id) then
      -- One message to everybody, as is usual: the same as below, without gathering, sorting and joining the notices of several.
      with addressing as (
        select case when d.origin = 'WEBHOOK' then null else written[1].author_id end as silent_id,
          jsonb_build_object('messageId', written[1].id, 'channelId', written[1].channel_id) as payload
        from unnest(drafts) d where d.id = written[1].id),
      everybody as (
        insert into messaging.channel_mentions (channel_id, seq, message_id, silent_id)
        select written[1].channel_id, written[1].seq, written[1].id, silent_id from addressing),
      counted as (
        update messaging.members m set mention_count = m.mention_count + 1 from addressing a
        where m.channel_id = written[1].channel_id and m.state = 'JOINED' and m.read_seq < written[1].seq
          and m.user_id is distinct from a.silent_id),
      inbox as (
        insert into messaging.event_stream as s (stream, last_seq)
        select 'inbox:' || m.user_id, 1 from addressing a, messaging.members m
        where m.channel_id = written[1].channel_id and m.state = 'JOINED' and m.user_id is distinct from a.silent_id
          and (m.notifications_muted_until > moment) is not true
        order by 1
        on conflict (stream) do update set last_seq = s.last_seq + 1 returning stream, last_seq),
      inbox_event as (
        insert into messaging.event (stream, seq, type, payload, created_at)
        select inbox.stream, inbox.last_seq, 'Mentioned', a.payload, moment from inbox, addressing a returning stream, seq)
      select jsonb_build_array(jsonb_build_object('type', 'Mentioned', 'payload', a.payload, 'streams', n.streams, 'seqs', n.seqs))
      into new_notices
      from addressing a, (
        select string_agg(stream, ' ') as streams, string_agg(seq::text, ' ') as seqs from inbox_event) n
      where n.streams is not null;
    elsif exists (select 1 from unnest(drafts) d where d."isToEverybody" or cardinality(d."addressedIds") > 0) or exists (
      select 1 from messaging.channels c where c.type = 'DIRECT' and c.id in (select w.channel_id from unnest(written) w)) then
      with addressing as (
        select w.channel_id, w.seq, w.id as message_id, w.author_id, d.ord, d."addressedIds", d."isToEverybody",
          -- A webhook's message may notify the webhook's creator.
          case when d.origin = 'WEBHOOK' then null else w.author_id end as silent_id,
          jsonb_build_object('messageId', w.id, 'channelId', w.channel_id) as payload
        from unnest(written) w join unnest(drafts) d on d.id = w.id),
      everybody as (
        insert into messaging.channel_mentions (channel_id, seq, message_id, silent_id)
        select channel_id, seq, message_id, silent_id from addressing where "isToEverybody"),
      meant as materialized (
        -- Look each account up by itself, however many members the channel has.
        select a.*, r.user_id, r.read_seq, r.notifications_muted_until
        from addressing a cross join unnest(a."addressedIds") person cross join lateral (
          select * from messaging.members m where m.channel_id = a.channel_id and m.user_id = person limit 1) r
        where not a."isToEverybody" and r.state = 'JOINED' and r.user_id is distinct from a.silent_id
        union all
        select a.*, r.user_id, r.read_seq, r.notifications_muted_until
        from addressing a join messaging.members r on r.channel_id = a.channel_id
        where a."isToEverybody" and r.state = 'JOINED' and r.user_id is distinct from a.silent_id),
      mention as (
        insert into messaging.mentions (channel_id, user_id, seq, message_id)
        select channel_id, user_id, seq, message_id from meant where not "isToEverybody"),
      counted as (
        update messaging.members m set mention_count = m.mention_count + added.n
        from (select channel_id, user_id, count(*) as n from meant where seq > read_seq group by 1, 2) added
        where m.channel_id = added.channel_id and m.user_id = added.user_id),
      notice as materialized (
        select 'inbox:' || person as stream, kind, payload,
          row_number() over (partition by person order by ord desc, kind desc) - 1 as later
        from (
          -- Muted notifications are counted and listed, but not announced.
          select t.user_id as person, 'Mentioned' as kind, t.payload, t.ord
          from meant t where (t.notifications_muted_until > moment) is not true
          union all
          select r.user_id, 'DirectMessageReceived', a.payload, a.ord
          from addressing a
          join messaging.channels c on c.id = a.channel_id and c.type = 'DIRECT'
          join messaging.members r on r.channel_id = a.channel_id and r.user_id <> a.author_id and r.state = 'JOINED'
            and (r.notifications_muted_until > moment) is not true) as person_notice),
      inbox as (
        insert into messaging.event_stream as s (stream, last_seq)
        select stream, count(*) from notice group by stream order by stream
        on conflict (stream) do update set last_seq = s.last_seq + excluded.last_seq returning stream, last_seq),
      inbox_event as (
        insert into messaging.event (stream, seq, type, payload, created_at)
        select stream, inbox.last_seq - later, kind, payload, moment
        from notice join inbox using (stream) returning stream, seq, type, payload)
      select case when input->0 ? 'groupsNotices' then (
          select jsonb_agg(g) from (
            select type, payload, string_agg(stream, ' ') as streams, string_agg(seq::text, ' ') as seqs
            from inbox_event group by type, payload) g)
        -- Processes of earlier releases read them one by one.
        else (select jsonb_agg(to_jsonb(inbox_event)) from inbox_event) end into new_notices;
    end if;

    if exists (select 1 from unnest(written) w where w.parent_id is not null) then
      update messaging.messages p set reply_count = p.reply_count + replies.n
      from (select w.parent_id as id, count(*) as n from unnest(written) w where w.parent_id is not null group by 1) replies
      where p.id = replies.id;
    end if;
  end if;

  return query
    select w.id, w::messaging.messages, null::text, null::double precision, case when w.id = written[1].id then new_notices end
    from unnest(written) w
    union all
    select d.id, e::messaging.messages, null, null, null
    from unnest(earlier) e join unnest(asked) d on d."authorId" = e.author_id and d."clientMutationId" = e.client_mutation_id
    union all
    select r.id, null, r.refusal, r.wait_ms, null
    from jsonb_to_recordset(refused) as r (id uuid, refusal text, wait_ms double precision);
end $$;
