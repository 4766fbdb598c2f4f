/** The names of authors in the wiki from which revisions were imported. */
import { Migration } from '@mikro-orm/migrations';

export class OriginalAuthors extends Migration {
  override up(): void {
    this.addSql('alter table knowledge.wiki_revisions add column original_author text');
  }
}
