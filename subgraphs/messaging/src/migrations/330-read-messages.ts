/** The function that reads messages by their ids, as every live event of a message does. */
import { Migration } from '@mikro-orm/migrations';

export class ReadMessages extends Migration {
  override up(): void {
    // A function, because its plan must not depend on how small the table was when a connection first asked.
    this
      .addSql(`create function messaging.read_messages(ids uuid[]) returns setof messaging.messages language plpgsql stable
      set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
      begin
        return query select m.* from messaging.messages m where m.id = any(ids);
      end $$`);
  }
}
