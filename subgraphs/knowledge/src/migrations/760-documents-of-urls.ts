/** The time at which the text of a document was read from its URL. */
import { Migration } from '@mikro-orm/migrations';

export class DocumentsOfUrls extends Migration {
  override up(): void {
    this.addSql('alter table knowledge.documents add column fetched_at timestamptz');
  }
}
