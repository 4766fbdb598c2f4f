/** Attached files of messages, and the function by which the files subgraph asks who sees them. */
import { Migration } from '@mikro-orm/migrations';
import { functionsAt } from '../sql/function-files';

export class Attachments extends Migration {
  override up(): void {
    this.addSql(`create table messaging.message_attachments (
      message_id uuid not null references messaging.messages (id) on delete cascade,
      position integer not null,
      file_id uuid not null,
      primary key (message_id, position)
    )`);
    this.addSql('create index attachments_of_file on messaging.message_attachments (file_id)');
    for (const statement of functionsAt({ 'visible-files': '0a33c129' })) this.addSql(statement);
  }
}
