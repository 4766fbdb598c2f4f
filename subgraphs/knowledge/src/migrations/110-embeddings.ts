/** The embeddings of chunks, by encoder. */
import { Migration } from '@mikro-orm/migrations';

export class Embeddings extends Migration {
  override up(): void {
    this.addSql(`create table knowledge.embeddings (
      chunk_id bigint not null references knowledge.chunks (id) on delete cascade,
      encoder text not null,
      vector bytea not null,
      primary key (chunk_id, encoder)
    )`);
    this.addSql('alter table knowledge.embeddings alter column vector set storage external');
  }
}
