-- For processes of earlier releases, which run beside newer ones during an upgrade; search-authors.sql has replaced it.
-- Walks through the newest messages of authors and returns those that match. A null `words` matches everything.
-- Orders by id: ids begin with their creation time. For the settings see walk-channels.sql.
create or replace function messaging.walk_authors(author_ids uuid[], words tsquery, before uuid, after uuid, most bigint)
  returns setof messaging.messages language plpgsql stable set plan_cache_mode = force_generic_plan set random_page_cost = 1.1
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
begin
  return query
    select m.* from unnest(author_ids) as a (id) cross join lateral (
      select * from messaging.messages n
      where n.author_id = a.id and n.id < coalesce(before, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
        and n.id >= coalesce(after, '00000000-0000-0000-0000-000000000000')
      order by n.id desc limit greatest(1, most / cardinality(author_ids))) m
    where m.deleted_at is null and (words is null or m.document @@ words);
end $$;
