-- Moves a read marker forward and counts the mentions after it. Returns false if the marker does not move.
-- Locks before it counts: a single statement would miss a mention that commits while it waits for the lock.
create or replace function messaging.mark_read(account_id uuid, channel uuid, up_to bigint) returns boolean language plpgsql
  set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  perform 1 from messaging.members m
  where m.channel_id = channel and m.user_id = account_id and m.state = 'JOINED' and m.read_seq < up_to for no key update;
  if not found then return false; end if;
  update messaging.members m set read_seq = up_to, mention_count = (select count(*) from messaging.mentions a
      where a.user_id = account_id and a.channel_id = channel and a.seq > up_to and not a.is_withdrawn)
    + (select count(*) from messaging.channel_mentions e where e.channel_id = channel and e.seq > greatest(up_to, m.joined_seq)
      and e.silent_id is distinct from account_id)
  where m.channel_id = channel and m.user_id = account_id;
  return true;
end $$;
