/** Results of scans and inspections. */
import { Migration } from '@mikro-orm/migrations';

export class Processing extends Migration {
  override up(): void {
    this.addSql(`alter table files.files
      add column text_key text,
      add column is_inline_safe boolean not null default false,
      add column location text check (location in ('NONE', 'REMOVED', 'PRESENT')),
      add column scan_engine text`);
    this.addSql("create index files_in_processing on files.files (completed_at) where status = 'SCANNING'");
    this.addSql(`create index scanned_files on files.files (scan_engine, scanned_at, id)
      where status in ('READY', 'REJECTED') and blob_id is not null`);
  }
}
