/** The bookkeeping of vector stores: the encoders in use, vectors that a store lacks, and chunks with vectors that it must remove. */
import { Migration } from '@mikro-orm/migrations';

export class VectorStores extends Migration {
  override up(): void {
    this.addSql(`create table knowledge.encoders (
      name text primary key,
      store_identity text,
      active_since timestamptz
    )`);
    this.addSql('create unique index encoders_active on knowledge.encoders ((true)) where active_since is not null');
    this.addSql('alter table knowledge.embeddings add column is_stored boolean not null default false');
    this.addSql('alter table knowledge.embeddings add column revision integer not null default 0');
    this.addSql('create index embeddings_to_store on knowledge.embeddings (encoder, chunk_id) where not is_stored');
    this.addSql('create table knowledge.vector_removals (chunk_id bigint primary key)');
    this.addSql('create index documents_of_reader on knowledge.documents using gin (visibility)');
    this.addSql('create index if not exists wiki_pages_of_creator on knowledge.wiki_pages (created_by)');
  }
}
