/** The tables of the wiki: categories, pages, revisions, earlier paths and links. */
import { Migration } from '@mikro-orm/migrations';

export class Wiki extends Migration {
  override up(): void {
    // Extensions belong to the whole database, so subgraphs that start together take turns.
    this.addSql(`select pg_advisory_xact_lock(hashtext('create extension'))`);
    this.addSql('create extension if not exists pg_trgm');
    this.addSql(`create table knowledge.wiki_categories (
      id uuid primary key,
      parent_id uuid references knowledge.wiki_categories (id),
      name text not null,
      path text not null unique,
      is_restricted boolean not null default false,
      requires_approval boolean not null default false,
      created_by uuid not null,
      created_at timestamptz not null
    )`);
    this.addSql(`create table knowledge.wiki_pages (
      id uuid primary key,
      slug text not null,
      locale text not null,
      title text not null,
      body text not null,
      version integer not null,
      category_id uuid references knowledge.wiki_categories (id),
      tags text[] not null default '{}',
      is_restricted boolean not null default false,
      created_by uuid not null,
      updated_by uuid not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      title_document tsvector not null default '',
      heading_document tsvector not null default '',
      body_document tsvector not null default '',
      document tsvector not null generated always as (title_document || heading_document || body_document) stored,
      unique (slug, locale)
    )`);
    this.addSql('create index wiki_pages_by_word on knowledge.wiki_pages using gin (document)');
    this.addSql('create index wiki_pages_by_title on knowledge.wiki_pages using gin (lower(title) gin_trgm_ops)');
    this.addSql('create index wiki_pages_of_category on knowledge.wiki_pages (category_id)');
    this.addSql('create index wiki_pages_by_tag on knowledge.wiki_pages using gin (tags)');
    this.addSql(`create table knowledge.wiki_revisions (
      page_id uuid not null references knowledge.wiki_pages (id) on delete cascade,
      version integer not null,
      title text not null,
      body text not null,
      category_id uuid,
      tags text[] not null,
      author_id uuid not null,
      summary text,
      created_at timestamptz not null,
      primary key (page_id, version)
    )`);
    this.addSql(`create table knowledge.wiki_paths (
      slug text not null,
      locale text not null,
      page_id uuid not null references knowledge.wiki_pages (id) on delete cascade,
      primary key (slug, locale)
    )`);
    this.addSql('create index wiki_paths_of_page on knowledge.wiki_paths (page_id)');
    this.addSql(`create table knowledge.wiki_links (
      page_id uuid not null references knowledge.wiki_pages (id) on delete cascade,
      slug text not null,
      primary key (page_id, slug)
    )`);
    this.addSql('create index wiki_links_to on knowledge.wiki_links (slug)');
    this.addSql('create table knowledge.words (word text primary key)');
    this.addSql('create index words_by_trigram on knowledge.words using gin (word gin_trgm_ops)');
  }
}
