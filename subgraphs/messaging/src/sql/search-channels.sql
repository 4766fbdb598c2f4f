-- Reads the newest `most_read` messages of channels, in equal shares, and returns the newest of those that match, at most `most_found` of
-- each channel. A null `words` matches everything.
-- The settings keep PostgreSQL on one index, read backwards: other plans are faster for rare words and unbounded for frequent ones.
-- `limit` ends the reading when enough is found.
create or replace function messaging.search_channels(
  channel_ids uuid[], words tsquery, after timestamptz, before timestamptz, has_link boolean, has_file boolean,
  most_read bigint, most_found bigint)
  returns table (id uuid, document tsvector) language plpgsql stable set plan_cache_mode = force_generic_plan set random_page_cost = 1.1
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off as $$
begin
  return query
    select m.id, m.document from unnest(channel_ids) as c (id) cross join lateral (
      select n.id, n.document from (
        select * from messaging.messages o
        where o.channel_id = c.id and o.created_at < coalesce(before, 'infinity') and o.created_at >= coalesce(after, '-infinity')
        order by o.created_at desc limit greatest(1, most_read / cardinality(channel_ids))) n
      where n.deleted_at is null and (words is null or n.document @@ words)
        and case when has_link then n.body like '%://%' and n.body ~* 'https{0,1}://' else true end
        and case when has_file then exists (select from messaging.message_attachments f where f.message_id = n.id) else true end
      order by n.created_at desc limit most_found) m;
end $$;
