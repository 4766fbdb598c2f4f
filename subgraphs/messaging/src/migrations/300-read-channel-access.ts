/** The function that reads channels together with memberships; see sql/read-channel-access.sql. */
import { Migration } from '@mikro-orm/migrations';

export class ReadChannelAccess extends Migration {
  override up(): void {
    this.addSql(`create function messaging.read_channel_access(account_ids uuid[], channel_ids uuid[])
      returns table (ord bigint, channel messaging.channels, event_seq bigint, member messaging.members) language plpgsql stable
      set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
      begin
        return query
          select asked.ord, c, coalesce(s.last_seq, 0), m
          from unnest(account_ids, channel_ids) with ordinality as asked(account_id, channel_id, ord)
          join messaging.channels c on c.id = asked.channel_id
          left join messaging.members m on m.channel_id = asked.channel_id and m.user_id = asked.account_id
          left join messaging.event_stream s on s.stream = 'channel:' || asked.channel_id;
      end $$`);
  }
}
