/** Drafts and changes that wait for approval, templates, locks, and attached files with the function that tells their readers. */
import { Migration } from '@mikro-orm/migrations';

export class Publication extends Migration {
  override up(): void {
    this.addSql(`alter table knowledge.wiki_pages
      add column is_published boolean not null default true,
      add column is_template boolean not null default false,
      add column is_locked boolean not null default false`);
    this.addSql('create index wiki_pages_templates on knowledge.wiki_pages (id) where is_template');
    this.addSql('alter table knowledge.wiki_categories add column is_locked boolean not null default false');
    this.addSql('alter table knowledge.wiki_revisions add column approved_by uuid');
    this.addSql(`create table knowledge.wiki_drafts (
      id uuid primary key,
      page_id uuid references knowledge.wiki_pages (id) on delete cascade,
      base_version integer,
      slug text,
      locale text,
      title text not null,
      body text not null,
      category_path text,
      tags text[] not null default '{}',
      summary text,
      author_id uuid not null,
      status text not null check (status in ('DRAFT', 'SUBMITTED', 'REJECTED')),
      note text,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      check ((page_id is null) = (base_version is null)),
      check (status <> 'SUBMITTED' or page_id is not null)
    )`);
    this.addSql('create index wiki_drafts_of_author on knowledge.wiki_drafts (author_id, id)');
    this.addSql(`create index wiki_drafts_submitted on knowledge.wiki_drafts (id) where status = 'SUBMITTED'`);
    this.addSql('create index wiki_drafts_of_page on knowledge.wiki_drafts (page_id)');
    this.addSql(`create table knowledge.wiki_attachments (
      page_id uuid not null references knowledge.wiki_pages (id) on delete cascade,
      position integer not null,
      file_id uuid not null,
      primary key (page_id, position)
    )`);
    this.addSql('create index wiki_attachments_of_file on knowledge.wiki_attachments (file_id)');
    this.addSql(VISIBLE_FILES);
  }
}

/**
 * The files among `file_ids` that are attached to published pages that the account reads; without an account, those attached to any page.
 * The files subgraph calls it. The rule is that of wiki/pages/page.access.ts for published pages.
 */
const VISIBLE_FILES = `create or replace function knowledge.visible_files(account_id uuid, file_ids uuid[])
  returns setof uuid language plpgsql stable as $$
declare
  permissions text[] := '{}';
  pages text[] := '{}';
  categories text[] := '{}';
begin
  if account_id is null then
    return query select distinct a.file_id from knowledge.wiki_attachments a where a.file_id = any(file_ids);
    return;
  end if;
  if to_regclass('identity.effective_permissions') is not null then
    execute 'select coalesce(array_agg(permission::text), ''{}'') from identity.effective_permissions where user_id = $1'
      into permissions using account_id;
  end if;
  if not 'READ' = any(permissions) then
    return;
  end if;
  if to_regclass('identity.effective_grants') is not null then
    execute 'select coalesce(array_agg(resource_id::text) filter (where resource_type = ''WikiPage''), ''{}''),
        coalesce(array_agg(resource_id::text) filter (where resource_type = ''WikiCategory''), ''{}'')
      from identity.effective_grants where user_id = $1' into pages, categories using account_id;
  end if;
  return query
    select distinct a.file_id from knowledge.wiki_attachments a join knowledge.wiki_pages p on p.id = a.page_id
    where a.file_id = any(file_ids) and (
      p.created_by = account_id or 'MANAGE' = any(permissions)
      or (p.is_published and (
        p.id::text = any(pages) or '*' = any(pages) or '*' = any(categories)
        or (not p.is_restricted
          and not exists (
            select 1 from knowledge.wiki_categories own join knowledge.wiki_categories r on starts_with(own.path || '/', r.path || '/')
            where own.id = p.category_id and r.is_restricted and r.created_by <> account_id and not r.id::text = any(categories))
          and ('WRITE' = any(permissions) or exists (
            select 1 from knowledge.wiki_categories own join knowledge.wiki_categories r on starts_with(own.path || '/', r.path || '/')
            where own.id = p.category_id and r.id::text = any(categories)))))));
end $$`;
