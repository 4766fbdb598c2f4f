/** The audit log with its chain, settings, feature flags, and logins at other providers. */
import { Migration } from '@mikro-orm/migrations';

export class Operations extends Migration {
  override up(): void {
    this.addSql(`create table identity.audit_acts (
      seq bigint primary key,
      id uuid not null unique,
      at timestamptz not null,
      action text not null,
      actor_id uuid,
      target_type text,
      target_id text,
      address text,
      correlation_id text,
      details jsonb not null,
      hash bytea not null
    )`);
    this.addSql('create index audit_acts_at on identity.audit_acts (at)');
    this.addSql('create index audit_acts_actor on identity.audit_acts (actor_id, seq)');
    this.addSql('create index audit_acts_action on identity.audit_acts (action, seq)');
    this.addSql('create index audit_acts_target on identity.audit_acts (target_type, target_id, seq)');
    // One row: the end of the chain, and the act before the oldest kept one.
    this.addSql(`create table identity.audit_chain (
      is_only boolean primary key default true check (is_only),
      last_seq bigint not null,
      last_hash bytea not null,
      kept_after_seq bigint not null,
      kept_after_hash bytea not null
    )`);
    this.addSql(`insert into identity.audit_chain values (true, 0, sha256(''), 0, sha256(''))`);
    this.addSql(`create function identity.keep_audit_acts() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' and current_setting('identity.audit_retention', true) = 'on' then return null; end if;
        raise exception 'The audit log is append-only.';
      end $$`);
    this.addSql(`create trigger keep_audit_acts before update or delete or truncate on identity.audit_acts
      for each statement execute function identity.keep_audit_acts()`);

    // Flags and settings that differ from their defaults. All subgraphs read them: see identity-client/src/settings/live-settings.ts.
    this.addSql(`create table identity.settings (
      key text primary key,
      value jsonb not null,
      is_flag boolean not null,
      updated_at timestamptz not null
    )`);

    this.addSql(`create table identity.provider_accounts (
      provider text not null,
      subject text not null,
      user_id uuid not null references identity.users (id) on delete cascade,
      created_at timestamptz not null,
      primary key (provider, subject)
    )`);
    this.addSql('create index provider_accounts_user on identity.provider_accounts (user_id)');
    this.addSql(`create table identity.provider_logins (
      state_hash text primary key,
      provider text not null,
      redirect_uri text not null,
      code_verifier text not null,
      nonce text not null,
      expires_at timestamptz not null
    )`);
    this.addSql('create index provider_logins_expiry on identity.provider_logins (expires_at)');
  }
}
