/** The tables of plugins and of everything that belongs to one: logs, faults, stored values, sent messages, interactions and deliveries. */
import { Migration } from '@mikro-orm/migrations';

export class Plugins extends Migration {
  override up(): void {
    this.addSql(`create table plugins.plugins (
      id uuid primary key,
      name text not null unique,
      version text not null,
      state text not null check (state in ('INSTALLED', 'ENABLED', 'DISABLED', 'FAILED')),
      manifest jsonb not null,
      files text not null,
      publisher text,
      granted text[] not null default '{}',
      config jsonb not null default '{}',
      revision integer not null default 1,
      bot_id uuid,
      bot_key text,
      bot_key_id uuid,
      webhook_token text,
      restarts integer not null default 0,
      last_error text,
      installed_by uuid not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`);
    const owned = 'plugin_id uuid not null references plugins.plugins (id) on delete cascade';
    this.addSql(`create table plugins.logs (
      id bigint generated always as identity primary key, ${owned},
      at timestamptz not null default clock_timestamp(), level text not null, message text not null
    )`);
    this.addSql('create index logs_of_plugin on plugins.logs (plugin_id, id)');
    this.addSql(`create table plugins.faults (${owned}, at timestamptz not null default now(), error text not null)`);
    this.addSql('create index faults_of_plugin on plugins.faults (plugin_id, at)');
    this.addSql(`create table plugins.stored (
      ${owned}, key text collate "C" not null, value text not null, bytes integer not null, primary key (plugin_id, key)
    )`);
    this.addSql(`create table plugins.sent (
      token text primary key, ${owned}, depth integer not null, components jsonb, created_at timestamptz not null default now()
    )`);
    this.addSql('create index sent_with_time on plugins.sent (created_at)');
    this.addSql(`create table plugins.interactions (
      token text primary key, ${owned}, user_id uuid not null, channel_id uuid not null, message_id uuid,
      expires_at timestamptz not null
    )`);
    this.addSql(`create table plugins.replies (
      id uuid primary key, token text not null references plugins.interactions (token) on delete cascade,
      reply jsonb not null, created_at timestamptz not null default clock_timestamp()
    )`);
    this.addSql('create index replies_to_interaction on plugins.replies (token, created_at)');
    this.addSql(`create table plugins.deliveries (
      ${owned}, stream text not null, seq bigint not null, event text not null, payload jsonb not null, depth integer not null,
      attempts integer not null default 0, created_at timestamptz not null, primary key (plugin_id, stream, seq)
    )`);
    this.addSql(
      `create table plugins.runs (${owned}, name text not null, next_at timestamptz not null, primary key (plugin_id, name))`,
    );
  }
}
