/** Notes of lost access, which reach all gateways even if Redis is unavailable at that moment. */
import { Migration } from '@mikro-orm/migrations';

export class AccessNews extends Migration {
  override up(): void {
    // A trigger writes them in the transaction of the change, so that no code path and no crash loses them.
    this.addSql(`create table messaging.access_news (
      id bigint generated always as identity primary key,
      user_id uuid not null
    )`);
    this.addSql(`create function messaging.note_access() returns trigger language plpgsql as $$
      begin
        insert into messaging.access_news (user_id) values (old.user_id);
        return null;
      end $$`);
    this.addSql(`create trigger note_lost_access after update of state, role on messaging.members
      for each row when (new.role <> old.role or (new.state <> old.state and new.state <> 'JOINED'))
      execute function messaging.note_access()`);
    this.addSql(`create trigger note_deleted_access after delete on messaging.members
      for each row execute function messaging.note_access()`);
  }
}
