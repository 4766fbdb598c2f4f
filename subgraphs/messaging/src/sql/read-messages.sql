-- Reads messages by id, as every live event of a message does.
-- A function, so that the plan does not depend on the size of the table when a connection first ran it.
create or replace function messaging.read_messages(ids uuid[]) returns setof messaging.messages language plpgsql stable
  set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  return query select m.* from messaging.messages m where m.id = any(ids);
end $$;
