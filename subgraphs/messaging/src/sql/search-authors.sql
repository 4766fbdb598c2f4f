-- Reads the newest `most_read` messages of authors, in equal shares, and returns the newest of those that match and are in one of the
-- channels, at most `most_found` of each author. A null `words` matches everything.
-- Orders by id: ids begin with their creation time. `least_id` and `end_id` must not exclude messages between `after` and `before`.
-- `is true` makes the channels a hash table: a join with them would sort. For the settings and `limit` see search-channels.sql.
create or replace function messaging.search_authors(
  author_ids uuid[], least_id uuid, end_id uuid, channel_ids uuid[], words tsquery, after timestamptz, before timestamptz,
  has_link boolean, has_file boolean, most_read bigint, most_found bigint)
  returns table (id uuid, document tsvector) language plpgsql stable set plan_cache_mode = force_generic_plan set random_page_cost = 1.1
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
begin
  return query
    select m.id, m.document from unnest(author_ids) as a (id) cross join lateral (
      select n.id, n.document from (
        select * from messaging.messages o
        where o.author_id = a.id and o.id < coalesce(end_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
          and o.id >= coalesce(least_id, '00000000-0000-0000-0000-000000000000')
        order by o.id desc limit greatest(1, most_read / cardinality(author_ids))) n
      where n.deleted_at is null and (words is null or n.document @@ words)
        and n.created_at < coalesce(before, 'infinity') and n.created_at >= coalesce(after, '-infinity')
        and (n.channel_id in (select unnest(channel_ids))) is true
        and case when has_link then n.body like '%://%' and n.body ~* 'https{0,1}://' else true end
        and case when has_file then exists (select from messaging.message_attachments f where f.message_id = n.id) else true end
      order by n.id desc limit most_found) m;
end $$;
