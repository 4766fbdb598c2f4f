/** A status text of accounts, with an emoji and an expiry. */
import { Migration } from '@mikro-orm/migrations';

export class Status extends Migration {
  override up(): void {
    this.addSql(`alter table identity.users
      add column status_text text, add column status_emoji text, add column status_expires_at timestamptz`);
  }
}
