/** The tables of retrieval: documents, the chunks of all sources, and the statistics of their words. */
import { Migration } from '@mikro-orm/migrations';

export class Retrieval extends Migration {
  override up(): void {
    this.addSql(`create table knowledge.documents (
      id uuid primary key,
      owner_id uuid not null,
      title text not null,
      status text not null check (status in ('PENDING', 'INDEXED', 'FAILED')),
      error text,
      source text not null,
      text text,
      file_id uuid,
      url text,
      visibility uuid[],
      chunk_count integer not null default 0,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`);
    this.addSql('create index documents_of_owner on knowledge.documents (owner_id)');
    this.addSql(`create table knowledge.chunks (
      id bigint generated always as identity primary key,
      source text not null,
      source_id uuid not null,
      position integer not null,
      title text not null,
      body text not null,
      language text,
      words integer not null,
      compounds jsonb not null default '{}',
      lexemes text[] not null,
      search tsvector not null,
      unique (source, source_id, position)
    )`);
    this.addSql('create index chunks_search on knowledge.chunks using gin (search)');
    this.addSql(`create table knowledge.chunk_words (lexeme text collate "C" primary key, chunks integer not null)`);
    this.addSql(`create table knowledge.chunk_totals (
      only_row boolean primary key default true check (only_row), chunks bigint not null, words bigint not null
    )`);
    this.addSql('insert into knowledge.chunk_totals (chunks, words) values (0, 0)');
  }
}
