/** Exact counts of concurrent mentions (sql/mark-read.sql), and a mark for scheduled messages that are being sent. */
import { Migration } from '@mikro-orm/migrations';

export class CountExactly extends Migration {
  override up(): void {
    this
      .addSql(`create function messaging.mark_read(account_id uuid, channel uuid, up_to bigint) returns boolean language plpgsql
      set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
      begin
        perform 1 from messaging.members m
        where m.channel_id = channel and m.user_id = account_id and m.state = 'JOINED' and m.read_seq < up_to for no key update;
        if not found then return false; end if;
        update messaging.members m set read_seq = up_to, mention_count = (select count(*) from messaging.mentions a
          where a.user_id = account_id and a.channel_id = channel and a.seq > up_to and not a.is_withdrawn)
        where m.channel_id = channel and m.user_id = account_id;
        return true;
      end $$`);

    this.addSql('alter table messaging.scheduled_messages add column is_sending boolean not null default false');
  }
}
