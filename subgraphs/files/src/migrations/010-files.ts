/** The tables of files, stored bytes and shares. */
import { Migration } from '@mikro-orm/migrations';

export class Files extends Migration {
  override up(): void {
    this.addSql(`create table files.blobs (
      id uuid primary key,
      key text not null unique,
      size integer not null check (size >= 0),
      sha256 text not null,
      created_at timestamptz not null default now()
    )`);
    this.addSql('create index blobs_of_hash on files.blobs (sha256, size)');
    this.addSql(`create table files.files (
      id uuid primary key,
      owner_id uuid not null,
      name text not null,
      status text not null check (status in ('PENDING', 'SCANNING', 'READY', 'REJECTED', 'FAILED')),
      declared_type text,
      declared_size integer check (declared_size >= 0),
      declared_sha256 text,
      expires_at timestamptz not null,
      size integer not null check (size >= 0),
      sha256 text,
      blob_id uuid references files.blobs (id),
      mime_type text,
      scan_verdict text,
      scan_signature text,
      scanned_at timestamptz,
      metadata jsonb,
      created_at timestamptz not null,
      completed_at timestamptz
    )`);
    this.addSql('create index files_of_owner on files.files (owner_id, id)');
    this.addSql('create index files_of_blob on files.files (blob_id)');
    this.addSql("create index unfinished_files on files.files (expires_at) where status in ('PENDING', 'FAILED')");
    this.addSql(`create table files.shares (
      file_id uuid not null references files.files (id) on delete cascade,
      user_id uuid not null,
      permission text not null check (permission in ('READ', 'WRITE', 'DELETE', 'MANAGE')),
      created_at timestamptz not null default now(),
      primary key (file_id, user_id)
    )`);
    this.addSql('create index shares_of_account on files.shares (user_id)');
  }
}
