/** Stores the search document of each message, so that matching and ranking do not analyse its text again. */
import { Migration } from '@mikro-orm/migrations';

export class SearchWithinBounds extends Migration {
  override up(): void {
    this.addSql('drop index messaging.messages_search');
    this.addSql(`alter table messaging.messages
      add column document tsvector generated always as (messaging.search_document(body)) stored`);
    this.addSql('create index messages_search on messaging.messages using gin (document) where deleted_at is null');
  }
}
