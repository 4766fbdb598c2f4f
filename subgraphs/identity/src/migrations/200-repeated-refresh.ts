/** The id of a session's last refresh, by which a client may repeat it. */
import { Migration } from '@mikro-orm/migrations';

export class RepeatedRefresh extends Migration {
  override up(): void {
    this.addSql('alter table identity.sessions add column refresh_key text');
  }
}
