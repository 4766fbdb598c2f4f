/** The functions that search the newest messages; see sql/walk-channels.sql and sql/walk-authors.sql. */
import { Migration } from '@mikro-orm/migrations';

const SETTINGS = `language plpgsql stable set plan_cache_mode = force_generic_plan set random_page_cost = 1.1
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off`;

export class WalkBack extends Migration {
  override up(): void {
    this
      .addSql(`create function messaging.walk_channels(channel_ids uuid[], words tsquery, before timestamptz, after timestamptz, most bigint)
      returns setof messaging.messages ${SETTINGS} as $$
      begin
        return query
          select m.* from unnest(channel_ids) as c (id) cross join lateral (
            select * from messaging.messages n
            where n.channel_id = c.id and n.created_at < coalesce(before, 'infinity') and n.created_at >= coalesce(after, '-infinity')
            order by n.created_at desc limit greatest(1, most / cardinality(channel_ids))) m
          where m.deleted_at is null and (words is null or m.document @@ words);
      end $$`);
    this
      .addSql(`create function messaging.walk_authors(author_ids uuid[], words tsquery, before uuid, after uuid, most bigint)
      returns setof messaging.messages ${SETTINGS} as $$
      begin
        return query
          select m.* from unnest(author_ids) as a (id) cross join lateral (
            select * from messaging.messages n
            where n.author_id = a.id and n.id < coalesce(before, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
              and n.id >= coalesce(after, '00000000-0000-0000-0000-000000000000')
            order by n.id desc limit greatest(1, most / cardinality(author_ids))) m
          where m.deleted_at is null and (words is null or m.document @@ words);
      end $$`);
  }
}
