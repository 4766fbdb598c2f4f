/** The function that reads messages by id; see sql/read-messages.sql. */
import { Migration } from '@mikro-orm/migrations';

export class ReadMessages extends Migration {
  override up(): void {
    this
      .addSql(`create function messaging.read_messages(ids uuid[]) returns setof messaging.messages language plpgsql stable
      set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
      begin
        return query select m.* from messaging.messages m where m.id = any(ids);
      end $$`);
  }
}
