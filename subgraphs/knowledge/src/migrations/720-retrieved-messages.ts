/** The messages that are indexed for retrieval. Their access stays with messaging. */
import { Migration } from '@mikro-orm/migrations';

export class RetrievedMessages extends Migration {
  override up(): void {
    this.addSql(`create table knowledge.retrieved_messages (
      id uuid primary key,
      channel_id uuid not null,
      edited_at timestamptz
    )`);
  }
}
