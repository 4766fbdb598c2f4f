/** The picture of an account. */
import { Migration } from '@mikro-orm/migrations';

export class Avatar extends Migration {
  override up(): void {
    this.addSql('alter table identity.users add column avatar_url text');
  }
}
