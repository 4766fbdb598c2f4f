/** Standing of accounts, custom roles, groups, grants on resources, API keys and password resets. */
import { Migration } from '@mikro-orm/migrations';

export class Access extends Migration {
  override up(): void {
    this.addSql(`alter table identity.users
      add column username_skeleton text collate "C",
      add column is_bot boolean not null default false,
      add column is_email_verified boolean not null default false,
      add column roles_changed_at timestamptz,
      add column deactivated_at timestamptz,
      add column deleted_at timestamptz`);
    this.addSql('update identity.users set username_skeleton = username_key');
    this.addSql('alter table identity.users alter username_skeleton set not null');
    this.addSql(
      'create index users_roles_changed on identity.users (roles_changed_at) where roles_changed_at is not null',
    );
    this.addSql('create unique index users_username_skeleton on identity.users (username_skeleton)');

    this.addSql(`create table identity.password_resets (
      token_hash text primary key,
      user_id uuid not null references identity.users (id) on delete cascade,
      expires_at timestamptz not null
    )`);
    this.addSql('create index password_resets_user on identity.password_resets (user_id)');

    this.addSql(`create table identity.custom_roles (
      id uuid primary key,
      name text not null,
      name_key text collate "C" not null unique,
      description text,
      permissions text[] not null
    )`);
    this.addSql(`create table identity.custom_role_members (
      role_id uuid not null references identity.custom_roles (id) on delete cascade,
      user_id uuid not null references identity.users (id) on delete cascade,
      primary key (user_id, role_id)
    )`);
    this.addSql('create index custom_role_members_role on identity.custom_role_members (role_id)');

    this.addSql(`create table identity.groups (
      id uuid primary key,
      name text not null,
      name_key text collate "C" not null unique,
      description text
    )`);
    this.addSql(`create table identity.group_members (
      group_id uuid not null references identity.groups (id) on delete cascade,
      user_id uuid not null references identity.users (id) on delete cascade,
      primary key (user_id, group_id)
    )`);
    this.addSql('create index group_members_group on identity.group_members (group_id, user_id)');

    this.addSql(`create table identity.grants (
      id uuid primary key,
      user_id uuid references identity.users (id) on delete cascade,
      group_id uuid references identity.groups (id) on delete cascade,
      resource_type text not null,
      resource_id text not null,
      permission text not null,
      granted_by uuid,
      created_at timestamptz not null,
      check (num_nonnulls(user_id, group_id) = 1),
      unique nulls not distinct (user_id, group_id, resource_type, resource_id, permission)
    )`);
    this.addSql('create index grants_user on identity.grants (user_id) where user_id is not null');
    this.addSql('create index grants_group on identity.grants (group_id) where group_id is not null');
    this.addSql('create index grants_resource on identity.grants (resource_type, resource_id, id)');
    // All subgraphs read this view: see identity-client/src/access/grants.ts.
    this.addSql(`create view identity.effective_grants as
      select user_id, resource_type, resource_id, permission from identity.grants where user_id is not null
      union all
      select m.user_id, g.resource_type, g.resource_id, g.permission
      from identity.group_members m join identity.grants g on g.group_id = m.group_id`);

    this.addSql(`create table identity.api_keys (
      id uuid primary key,
      user_id uuid not null references identity.users (id) on delete cascade,
      name text not null,
      secret_hash text not null,
      permissions text[] not null,
      created_at timestamptz not null,
      expires_at timestamptz,
      last_used_at timestamptz,
      revoked_at timestamptz
    )`);
    this.addSql('create index api_keys_user on identity.api_keys (user_id) where revoked_at is null');
    this.addSql('create index api_keys_revoked on identity.api_keys (revoked_at) where revoked_at is not null');
  }
}
