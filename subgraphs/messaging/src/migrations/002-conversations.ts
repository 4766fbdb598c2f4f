/** Tables around messages and memberships: reactions, mentions, pins, drafts, scheduled messages, reports, word filters, search. */
import { Migration } from '@mikro-orm/migrations';

export class Conversations extends Migration {
  override up(): void {
    this.addSql(`create table messaging.reactions (
      message_id uuid not null references messaging.messages (id) on delete cascade,
      emoji text not null,
      user_id uuid not null,
      created_at timestamptz not null,
      primary key (message_id, user_id, emoji)
    )`);

    // The accounts that a message notifies: by name, by a group, or by @channel and @here.
    this.addSql(`create table messaging.mentions (
      channel_id uuid not null,
      user_id uuid not null,
      seq bigint not null,
      primary key (user_id, channel_id, seq)
    )`);

    this.addSql('create index messages_pinned on messaging.messages (channel_id, seq) where is_pinned');

    this.addSql(`create table messaging.drafts (
      user_id uuid not null,
      channel_id uuid not null references messaging.channels (id) on delete cascade,
      body text not null,
      updated_at timestamptz not null,
      primary key (user_id, channel_id)
    )`);

    this.addSql(`create table messaging.scheduled_messages (
      id uuid primary key,
      channel_id uuid not null references messaging.channels (id) on delete cascade,
      author_id uuid not null,
      body text not null,
      send_at timestamptz not null,
      failure text
    )`);
    this.addSql('create index scheduled_messages_author on messaging.scheduled_messages (author_id, send_at, id)');

    this.addSql(`create table messaging.reports (
      id uuid primary key,
      message_id uuid not null references messaging.messages (id) on delete cascade,
      channel_id uuid not null,
      reporter_id uuid not null,
      reason text not null,
      state text not null check (state in ('OPEN', 'DISMISSED', 'MESSAGE_DELETED', 'AUTHOR_MUTED')),
      created_at timestamptz not null,
      resolver_id uuid,
      resolved_at timestamptz
    )`);
    this.addSql(`create unique index reports_once on messaging.reports (message_id, reporter_id) where state = 'OPEN'`);
    this.addSql(`create index reports_queue on messaging.reports (channel_id, id) where state = 'OPEN'`);
    this.addSql(`create index reports_open on messaging.reports (id) where state = 'OPEN'`);

    this.addSql(`alter table messaging.channels add column filtered_words text[] not null default '{}'`);
    this.addSql('create index channels_retention on messaging.channels (id) where retention_days is not null');
    this.addSql('create index messages_age on messaging.messages (channel_id, created_at)');

    // The stems of both languages, so that a search matches messages in either language.
    this
      .addSql(`create function messaging.search_document(body text) returns tsvector language sql immutable parallel safe
      return to_tsvector('german'::regconfig, body) || to_tsvector('english'::regconfig, body)`);
    this.addSql(`create index messages_search on messaging.messages using gin (messaging.search_document(body))
      where deleted_at is null`);
    this.addSql('create index messages_author on messaging.messages (author_id, id)');
  }
}
