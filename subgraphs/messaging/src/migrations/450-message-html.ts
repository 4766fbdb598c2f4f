/** The HTML of messages with their ticket references, and the progress of the backfill. */
import { Migration } from '@mikro-orm/migrations';

export class MessageHtml extends Migration {
  override up(): void {
    // A separate table, because most messages need no row and histories do not read it.
    this.addSql(`create table messaging.message_html (
      message_id uuid primary key references messaging.messages (id) on delete cascade,
      version smallint not null,
      html text not null,
      ticket_references text[] not null
    )`);
    this.addSql(`create table messaging.message_html_backfill (
      version smallint primary key,
      position uuid,
      done bigint not null default 0,
      total bigint not null,
      finished_at timestamptz
    )`);
  }
}
