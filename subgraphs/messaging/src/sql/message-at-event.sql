-- Finds the last message of a channel that was sent before or at an event; null if there is none.
-- Both numbers grow together, so a binary search along the history's index takes the place of an index on event_seq.
create or replace function messaging.message_at_event(channel uuid, up_to bigint) returns bigint language plpgsql stable
  set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
  low bigint;
  high bigint;
  middle bigint;
  probe record;
  latest bigint;
begin
  select c.first_seq, c.last_seq into low, high from messaging.channels c where c.id = channel;
  while low <= high loop
    middle := (low + high) / 2;
    select m.seq, m.event_seq into probe from messaging.messages m
    where m.channel_id = channel and m.seq between middle and high order by m.seq limit 1;
    if probe.seq is null or probe.event_seq > up_to then
      high := middle - 1;
    else
      latest := probe.seq;
      low := probe.seq + 1;
    end if;
  end loop;
  return latest;
end $$;
