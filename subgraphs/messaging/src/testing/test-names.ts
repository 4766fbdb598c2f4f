/** Stands in for identity's tables of accounts and groups, with the columns that the directory reads. */
import { nameKey } from '@chat/identity-client/directory/directory';
import { newId } from '@chat/kit/ids';
import { Client } from 'pg';
import type { Person, TestMessaging } from './test-messaging';

export interface TestNames extends AsyncDisposable {
  /** Creates an account, or reactivates it. */
  user(person: Person, username: string): Promise<void>;
  /** Deactivates the account. */
  deactivate(person: Person): Promise<void>;
  /** Deletes the account. */
  remove(person: Person): Promise<void>;
  /** Replaces the account's permissions from roles. */
  permit(person: Person, ...permissions: string[]): Promise<void>;
  /** Replaces the account's grant on a channel; `null` revokes it. */
  grant(person: Person, channelId: string, permission: string | null): Promise<void>;
  /** Creates an API key. @returns its id. */
  key(): Promise<string>;
  endKey(id: string, how?: 'revoked' | 'expired'): Promise<void>;
  group(name: string, members: Person[]): Promise<void>;
}

export async function openTestNames({ config }: TestMessaging): Promise<TestNames> {
  const client = new Client({ connectionString: config.DATABASE_URL });
  await client.connect();
  await client.query(`create schema if not exists identity;
    create table if not exists identity.users (id uuid primary key, username_key text, roles text[] not null default '{USER}', deleted_at timestamptz,
      deactivated_at timestamptz);
    create table if not exists identity.groups (id uuid primary key, name_key text);
    create table if not exists identity.group_members (group_id uuid, user_id uuid);
    create table if not exists identity.api_keys (id uuid primary key, permissions text[] not null default '{READ,WRITE}',
      revoked_at timestamptz, expires_at timestamptz);
    create table if not exists identity.effective_permissions (user_id uuid, permission text);
    create table if not exists identity.effective_grants (
      user_id uuid, resource_type text, resource_id text, permission text)`);
  return {
    async user({ id }, username) {
      await client.query(
        `insert into identity.users (id, username_key) values ($1, $2)
         on conflict (id) do update set username_key = excluded.username_key, deleted_at = null, deactivated_at = null`,
        [id, nameKey(username)],
      );
    },
    async deactivate({ id }) {
      await client.query('update identity.users set deactivated_at = now() where id = $1', [id]);
    },
    async remove({ id }) {
      await client.query('update identity.users set deleted_at = now() where id = $1', [id]);
    },
    async permit({ id }, ...permissions) {
      await client.query('delete from identity.effective_permissions where user_id = $1', [id]);
      await client.query('insert into identity.effective_permissions select $1, unnest($2::text[])', [id, permissions]);
    },
    async grant({ id }, channelId, permission) {
      await client.query('delete from identity.effective_grants where user_id = $1 and resource_id = $2', [
        id,
        channelId,
      ]);
      if (permission !== null)
        await client.query(`insert into identity.effective_grants values ($1, 'Channel', $2, $3)`, [
          id,
          channelId,
          permission,
        ]);
    },
    async key() {
      const id = newId();
      await client.query('insert into identity.api_keys (id) values ($1)', [id]);
      return id;
    },
    async endKey(id, how = 'revoked') {
      await client.query(
        `update identity.api_keys set ${how === 'revoked' ? 'revoked_at' : 'expires_at'} = now() where id = $1`,
        [id],
      );
    },
    async group(name, members) {
      const groupId = newId();
      await client.query('insert into identity.groups values ($1, $2)', [groupId, nameKey(name)]);
      for (const { id } of members)
        await client.query('insert into identity.group_members values ($1, $2)', [groupId, id]);
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
