/** The bytes of each account, counted by triggers, so that a quota reads one row instead of all files. */
import { Migration } from '@mikro-orm/migrations';

/** The bytes of a rejected upload are removed, so they do not count. */
const COUNTED = "(status <> 'REJECTED' or blob_id is not null)";

const ADDED = `select owner_id, size::bigint as bytes from added where ${COUNTED}`;
const REMOVED = `select owner_id, -size::bigint as bytes from removed where ${COUNTED}`;

const TRIGGERS = [
  { event: 'insert', tables: 'new table as added', changes: ADDED },
  { event: 'delete', tables: 'old table as removed', changes: REMOVED },
  { event: 'update', tables: 'old table as removed new table as added', changes: `${ADDED} union all ${REMOVED}` },
];

export class Usage extends Migration {
  override up(): void {
    this.addSql('lock table files.files in share row exclusive mode');
    // Half of each page stays free for the next versions of its rows.
    this.addSql('create table files.usage (owner_id uuid primary key, bytes bigint not null) with (fillfactor = 50)');
    this.addSql(
      `insert into files.usage select owner_id, sum(size) from files.files where ${COUNTED} group by owner_id`,
    );
    for (const { event, tables, changes } of TRIGGERS) {
      // In the order of accounts, so that statements over several of them cannot deadlock.
      this.addSql(`create function files.count_${event}() returns trigger language plpgsql as $$ begin
        insert into files.usage as counted
          select owner_id, sum(bytes) from (${changes}) changes group by owner_id having sum(bytes) <> 0 order by owner_id
          on conflict (owner_id) do update set bytes = counted.bytes + excluded.bytes;
        return null;
      end $$`);
      this.addSql(`create trigger count_${event} after ${event} on files.files
        referencing ${tables} for each statement execute function files.count_${event}()`);
    }
  }
}
