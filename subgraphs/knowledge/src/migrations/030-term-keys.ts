/** The version of the keys of terms. A job replaces those of an earlier version. */
import { Migration } from '@mikro-orm/migrations';

export class TermKeys extends Migration {
  override up(): void {
    this.addSql('alter table knowledge.dictionary_state add column key_version integer not null default 1');
    // Without terms there is nothing to replace.
    this.addSql(
      'update knowledge.dictionary_state set key_version = 2 where not exists (select 1 from knowledge.terms)',
    );
  }
}
