/** One row for a mention of everybody in a channel (docs/decisions/mentions-of-everybody.md), and since which message an account is a member. */
import { Migration } from '@mikro-orm/migrations';
import { functionsAt } from '../sql/function-files';

export class MentionEverybody extends Migration {
  override up(): void {
    // silent_id: the author, if the message does not notify it.
    this.addSql(`create table messaging.channel_mentions (
      channel_id uuid not null references messaging.channels (id) on delete cascade,
      seq bigint not null,
      message_id uuid not null,
      silent_id uuid,
      primary key (channel_id, seq)
    )`);
    this.addSql('create index channel_mentions_recent on messaging.channel_mentions (channel_id, message_id)');

    this.addSql('alter table messaging.members add column joined_seq bigint not null default 0');
    const functions = functionsAt({
      'keep-mentions': '32a5bceb',
      'mark-read': 'b07dc4fd',
      'mark-unread': '336439dc',
      'send-messages': '69e5f944',
    });
    for (const statement of functions) this.addSql(statement);
    this.addSql(`create trigger keep_mentions before insert or update of state on messaging.members
      for each row execute function messaging.keep_mentions()`);
  }
}
