/** Accounts and sessions. */
import { Migration } from '@mikro-orm/migrations';

export class Accounts extends Migration {
  override up(): void {
    // Extensions belong to the whole database, so subgraphs that start together take turns.
    this.addSql(`select pg_advisory_xact_lock(hashtext('create extension'))`);
    this.addSql('create extension if not exists pg_trgm');
    this.addSql(`create table identity.users (
      id uuid primary key,
      username text not null,
      username_key text collate "C" not null unique,
      email text,
      email_key text collate "C" unique,
      display_name text not null,
      locale text,
      password_hash text,
      roles text[] not null,
      created_at timestamptz not null
    )`);
    this.addSql(
      `create index users_search on identity.users using gin ((username || ' ' || display_name) gin_trgm_ops)`,
    );
    this.addSql(`create index users_administrators on identity.users (id) where 'ADMIN' = any(roles)`);
    this.addSql(`create table identity.sessions (
      id uuid primary key,
      user_id uuid not null references identity.users (id) on delete cascade,
      generation integer not null,
      user_agent text,
      address text,
      created_at timestamptz not null,
      last_seen_at timestamptz not null,
      expires_at timestamptz not null,
      revoked_at timestamptz
    )`);
    this.addSql(
      'create index sessions_open on identity.sessions (user_id, last_seen_at desc) where revoked_at is null',
    );
    this.addSql('create index sessions_revoked on identity.sessions (revoked_at) where revoked_at is not null');
  }
}
