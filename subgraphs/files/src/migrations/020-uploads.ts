/** Columns for uploads: the length that a tus client declares later, locks over all processes, and the objects derived from a file. */
import { Migration } from '@mikro-orm/migrations';

export class Uploads extends Migration {
  override up(): void {
    this.addSql(`alter table files.files
      add column upload_length integer check (upload_length >= 0),
      add column thumbnail_key text,
      add column preview_key text,
      add column stripped_key text,
      add column keeps_location boolean not null default false`);
    this.addSql(`create table files.upload_locks (
      file_id uuid primary key,
      holder uuid not null,
      until timestamptz not null,
      is_wanted boolean not null default false
    )`);
  }
}
