/** The account with the permissions by which a document's file is read. */
import { Migration } from '@mikro-orm/migrations';

export class DocumentsInJobs extends Migration {
  override up(): void {
    this.addSql('alter table knowledge.documents add column reader jsonb');
    this.addSql('alter table knowledge.documents add column content_hash text');
  }
}
