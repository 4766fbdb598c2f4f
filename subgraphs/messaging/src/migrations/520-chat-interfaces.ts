/**
 * Columns, indexes and functions for user interfaces: activity of channels, archived and deleted channels, read markers of others,
 * muted notifications, lists of mentions, of reactions and of root messages, and pages around a message.
 */
import { Migration } from '@mikro-orm/migrations';
import { functionsAt } from '../sql/function-files';

export class ChatInterfaces extends Migration {
  override up(): void {
    this.addSql(`alter table messaging.channels add column archived_at timestamptz,
      add column last_activity_at timestamptz not null default now()`);
    this.addSql(`update messaging.channels c set last_activity_at = coalesce(
      (select m.created_at from messaging.messages m where m.channel_id = c.id and m.seq = c.last_seq), c.created_at)`);
    // Deleted channels whose messages a job still has to remove.
    this.addSql(
      `create table messaging.deleted_channels (id uuid primary key, deleted_at timestamptz not null default now())`,
    );

    this.addSql(`alter table messaging.members add column seen_seq bigint not null default 0,
      add column notifications_muted_until timestamptz`);

    // Null in rows that a process of an earlier release writes during an upgrade.
    this.addSql('alter table messaging.mentions add column message_id uuid');
    this.addSql(`update messaging.mentions a set message_id = m.id from messaging.messages m
      where m.channel_id = a.channel_id and m.seq = a.seq`);
    this.addSql('create index mentions_recent on messaging.mentions (user_id, message_id) where not is_withdrawn');
    this.addSql('create index messages_roots on messaging.messages (channel_id, seq) where parent_id is null');
    this.addSql('create index reactions_of_emoji on messaging.reactions (message_id, emoji, created_at, user_id)');

    const functions = functionsAt({
      'mark-unread': 'a6fb0b85',
      'message-at-event': '6f180d08',
      'send-messages': '496b7316',
    });
    for (const statement of functions) this.addSql(statement);
  }
}
