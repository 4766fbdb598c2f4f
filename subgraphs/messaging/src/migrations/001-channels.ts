/** Channels, members, messages and the event rows. */
import { createEventTables } from '@chat/kit/events/event-log';
import { Migration } from '@mikro-orm/migrations';

export class Channels extends Migration {
  override up(): void {
    for (const statement of createEventTables('messaging')) this.addSql(statement);

    // Extensions belong to the database. The lock keeps two subgraphs that start together from colliding.
    this.addSql(`select pg_advisory_xact_lock(hashtext('create extension'))`);
    this.addSql('create extension if not exists pg_trgm');

    // Half of each page stays free, so that counters, which change with each message, are updated in place.
    this.addSql(`create table messaging.channels (
      id uuid primary key,
      type text not null check (type in ('PUBLIC', 'PRIVATE', 'DIRECT')),
      name text,
      topic text,
      direct_key text unique,
      slow_mode_seconds integer not null default 0,
      retention_days integer,
      member_count integer not null default 0,
      last_seq bigint not null default 0,
      first_seq bigint not null default 1,
      created_by uuid not null,
      created_at timestamptz not null,
      check ((type = 'DIRECT') = (direct_key is not null)),
      check (type = 'DIRECT' or name is not null)
    ) with (fillfactor = 50)`);
    this.addSql(
      `create index channels_public on messaging.channels ((coalesce(lower(name), '')), id) where type = 'PUBLIC'`,
    );
    this.addSql(`create index channels_name on messaging.channels using gin (lower(name) gin_trgm_ops)`);

    this.addSql(`create table messaging.members (
      channel_id uuid not null references messaging.channels (id) on delete cascade,
      user_id uuid not null,
      state text not null check (state in ('JOINED', 'LEFT', 'BANNED')),
      role text not null check (role in ('OWNER', 'MODERATOR', 'MEMBER')),
      joined_at timestamptz not null,
      muted_until timestamptz,
      read_seq bigint not null default 0,
      mention_count integer not null default 0,
      last_sent_at timestamptz,
      primary key (channel_id, user_id)
    ) with (fillfactor = 70)`);
    this.addSql(`create index members_channels on messaging.members (user_id, channel_id) where state = 'JOINED'`);

    // No foreign key to channels: each send locks and updates the channel's row anyway.
    this.addSql(`create table messaging.messages (
      id uuid primary key,
      channel_id uuid not null,
      seq bigint not null,
      event_seq bigint not null,
      author_id uuid not null,
      parent_id uuid,
      body text not null,
      created_at timestamptz not null,
      edited_at timestamptz,
      deleted_at timestamptz,
      reply_count integer not null default 0,
      is_pinned boolean not null default false,
      reactions jsonb not null default '[]',
      mentioned_ids uuid[] not null default '{}',
      client_mutation_id text,
      client_mutation_digest text
    ) with (fillfactor = 90)`);
    this.addSql('create unique index messages_history on messaging.messages (channel_id, seq)');
    this.addSql('create index messages_replies on messaging.messages (parent_id, seq) where parent_id is not null');
    this.addSql(`create unique index messages_once on messaging.messages (author_id, client_mutation_id)
      where client_mutation_id is not null`);

    this.addSql(`create table messaging.message_edits (
      message_id uuid not null references messaging.messages (id) on delete cascade,
      edited_at timestamptz not null,
      body text not null,
      primary key (message_id, edited_at)
    )`);
  }
}
