-- Moves a read marker back, to before a message, and counts the mentions after it. Returns false if the message is unread already.
-- seen_seq keeps the furthest position, which other members see. For the lock see mark-read.sql.
create or replace function messaging.mark_unread(account_id uuid, channel uuid, from_seq bigint) returns boolean language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  perform 1 from messaging.members m
  where m.channel_id = channel and m.user_id = account_id and m.state = 'JOINED' and m.read_seq >= from_seq for no key update;
  if not found then return false; end if;
  update messaging.members m set seen_seq = greatest(m.seen_seq, m.read_seq), read_seq = from_seq - 1,
    mention_count = (select count(*) from messaging.mentions a
      where a.user_id = account_id and a.channel_id = channel and a.seq >= from_seq and not a.is_withdrawn)
    + (select count(*) from messaging.channel_mentions e where e.channel_id = channel and e.seq > greatest(from_seq - 1, m.joined_seq)
      and e.silent_id is distinct from account_id)
  where m.channel_id = channel and m.user_id = account_id;
  return true;
end $$;
