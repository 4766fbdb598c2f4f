/** Mailed tokens that change the e-mail address of an account. */
import { Migration } from '@mikro-orm/migrations';

export class ChangeOfAddress extends Migration {
  override up(): void {
    this.addSql('alter table identity.email_confirmations add column new_email text');
  }
}
