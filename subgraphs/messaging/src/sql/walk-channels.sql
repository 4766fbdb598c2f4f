-- For processes of earlier releases, which run beside newer ones during an upgrade; search-channels.sql has replaced it.
-- Walks through the newest messages of channels and returns those that match. A null `words` matches everything.
-- The settings keep PostgreSQL on one index, walked backwards: other plans are faster for rare words and unbounded for frequent ones.
create or replace function messaging.walk_channels(channel_ids uuid[], words tsquery, before timestamptz, after timestamptz, most bigint)
  returns setof messaging.messages language plpgsql stable set plan_cache_mode = force_generic_plan set random_page_cost = 1.1
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
begin
  return query
    select m.* from unnest(channel_ids) as c (id) cross join lateral (
      select * from messaging.messages n
      where n.channel_id = c.id and n.created_at < coalesce(before, 'infinity') and n.created_at >= coalesce(after, '-infinity')
      order by n.created_at desc limit greatest(1, most / cardinality(channel_ids))) m
    where m.deleted_at is null and (words is null or m.document @@ words);
end $$;
