/** The tables of the dictionary: terms, the keys by which they are found, relations, and a counter of changes. */
import { Migration } from '@mikro-orm/migrations';

export class Dictionary extends Migration {
  override up(): void {
    this.addSql(`create table knowledge.terms (
      id uuid primary key,
      concept_id uuid not null,
      term text not null,
      locale text not null,
      definition text not null,
      synonyms text[] not null default '{}',
      abbreviations text[] not null default '{}',
      usage_note text,
      status text not null check (status in ('PROPOSED', 'APPROVED', 'DEPRECATED')),
      replacement_id uuid references knowledge.terms (id) on delete set null,
      created_by uuid not null,
      created_at timestamptz not null,
      updated_at timestamptz not null
    )`);
    this.addSql('create unique index terms_once on knowledge.terms (locale, lower(term))');
    this.addSql('create index terms_of_concept on knowledge.terms (concept_id)');
    this.addSql(`create table knowledge.term_keys (
      term_id uuid not null references knowledge.terms (id) on delete cascade,
      key text not null,
      kind text not null check (kind in ('TERM', 'SYNONYM', 'STEM_DE', 'STEM_EN')),
      primary key (term_id, key, kind)
    )`);
    this.addSql('create index term_keys_by_prefix on knowledge.term_keys (key text_pattern_ops)');
    this.addSql('create index term_keys_by_trigram on knowledge.term_keys using gin (key gin_trgm_ops)');
    this.addSql(`create table knowledge.term_relations (
      term_id uuid not null references knowledge.terms (id) on delete cascade,
      related_id uuid not null references knowledge.terms (id) on delete cascade,
      primary key (term_id, related_id)
    )`);
    // Each change of a term increments it in its transaction, so that a reader of a version sees all of its terms.
    this.addSql('create table knowledge.dictionary_state (version bigint not null)');
    this.addSql('insert into knowledge.dictionary_state values (1)');
  }
}
