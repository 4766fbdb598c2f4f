/**
 * The first version of the function that writes new messages; sql/send-messages.sql holds the present one. A function is planned once
 * per connection, and writes any number of messages in one round trip and one commit.
 */
import { Migration } from '@mikro-orm/migrations';

export class SendMessages extends Migration {
  override up(): void {
    this
      .addSql(`create type messaging.draft as (ord integer, id uuid, "channelId" uuid, "authorId" uuid, "parentId" uuid, body text,
      "mentionedIds" uuid[], "notifiedIds" uuid[], "clientMutationId" text, digest text)`);

    this.addSql(`create function messaging.send_messages(input jsonb)
      returns table (sent messaging.messages, notices jsonb) language plpgsql
      set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
      declare
        drafts messaging.draft[] := array(select row(d.*)::messaging.draft from jsonb_populate_recordset(null::messaging.draft, input) d);
        written messaging.messages[];
        has_notified boolean;
        new_notices jsonb;
      begin
        perform 1 from messaging.channels c where c.id in (select d."channelId" from unnest(drafts) d) order by c.id for no key update;

        with fresh as (
          select d.*, row_number() over (partition by d."channelId" order by d.ord) as n from unnest(drafts) d
          where d."clientMutationId" is null or not exists (
            select 1 from messaging.messages m where m.author_id = d."authorId" and m.client_mutation_id = d."clientMutationId")),
        counts as (select f."channelId" as channel_id, count(*) as n from fresh f group by 1),
        channel as (
          update messaging.channels c set last_seq = c.last_seq + counts.n from counts where c.id = counts.channel_id
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
          insert into messaging.event (stream, seq, type, payload)
          select stream, event_seq, 'MessageAdded', jsonb_build_object('messageId', id) from numbered),
        inserted as (
          insert into messaging.messages (id, channel_id, seq, event_seq, author_id, parent_id, body, created_at, mentioned_ids,
                                          client_mutation_id, client_mutation_digest)
          select id, "channelId", seq, event_seq, "authorId", "parentId", body, now(), "mentionedIds", "clientMutationId", digest
          from numbered returning messages.*)
        select array_agg(row(i.*)::messaging.messages) into written from inserted i;
        if written is null then return; end if;

        update messaging.members m set read_seq = own.seq, mention_count = 0, last_sent_at = now()
        from (select w.channel_id, w.author_id, max(w.seq) as seq from unnest(written) w group by 1, 2) own
        where m.channel_id = own.channel_id and m.user_id = own.author_id;

        has_notified := exists (select 1 from unnest(drafts) d where cardinality(d."notifiedIds") > 0);
        if has_notified then
          with mention as (
            insert into messaging.mentions (channel_id, user_id, seq)
            select w.channel_id, person, w.seq from unnest(written) w join unnest(drafts) d on d.id = w.id, unnest(d."notifiedIds") person
            returning channel_id, user_id, seq)
          update messaging.members m set mention_count = m.mention_count + added.n
          from (select a.channel_id, a.user_id, count(*) as n from mention a join messaging.members r using (channel_id, user_id)
                where a.seq > r.read_seq group by 1, 2) added
          where m.channel_id = added.channel_id and m.user_id = added.user_id;
        end if;

        if exists (select 1 from unnest(written) w where w.parent_id is not null) then
          update messaging.messages p set reply_count = p.reply_count + replies.n
          from (select w.parent_id as id, count(*) as n from unnest(written) w where w.parent_id is not null group by 1) replies
          where p.id = replies.id;
        end if;

        if has_notified or exists (
          select 1 from messaging.channels c where c.type = 'DIRECT' and c.id in (select w.channel_id from unnest(written) w)) then
          with notice as (
            select 'inbox:' || person as stream, kind, message_id, channel_id,
              row_number() over (partition by person order by ord, kind) as n
            from (
              select person, 'Mentioned' as kind, w.id as message_id, w.channel_id, d.ord
              from unnest(written) w join unnest(drafts) d on d.id = w.id, unnest(d."notifiedIds") person
              union all
              select r.user_id, 'DirectMessageReceived', w.id, w.channel_id, d.ord
              from unnest(written) w join unnest(drafts) d on d.id = w.id
              join messaging.channels c on c.id = w.channel_id and c.type = 'DIRECT'
              join messaging.members r on r.channel_id = w.channel_id and r.user_id <> w.author_id and r.state = 'JOINED') as person_notice),
          inbox as (
            insert into messaging.event_stream as s (stream, last_seq)
            select stream, count(*) from notice group by stream order by stream
            on conflict (stream) do update set last_seq = s.last_seq + excluded.last_seq returning stream, last_seq),
          inbox_event as (
            insert into messaging.event (stream, seq, type, payload)
            select stream, inbox.last_seq - max(n) over (partition by stream) + n, kind,
              jsonb_build_object('messageId', message_id, 'channelId', channel_id)
            from notice join inbox using (stream) returning stream, seq, type, payload)
          select jsonb_agg(to_jsonb(inbox_event)) into new_notices from inbox_event;
        end if;

        return query select w::messaging.messages, case when w.id = written[1].id then new_notices end from unnest(written) w;
      end $$`);
  }
}
