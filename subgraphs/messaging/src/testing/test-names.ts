/** Stands in for identity, which has the names of accounts and groups: the columns that the kit's directory reads. */
import { nameKey } from '@chat/identity-client/directory/directory';
import { newId } from '@chat/kit/ids';
import { Client } from 'pg';
import type { Person, TestMessaging } from './test-messaging';

export interface TestNames extends AsyncDisposable {
  user(person: Person, username: string): Promise<void>;
  /** Takes away that the account may act. */
  deactivate(person: Person): Promise<void>;
  group(name: string, members: Person[]): Promise<void>;
}

export async function openTestNames({ config }: TestMessaging): Promise<TestNames> {
  const client = new Client({ connectionString: config.DATABASE_URL });
  await client.connect();
  await client.query(`create schema if not exists identity;
    create table identity.users (id uuid primary key, username_key text, deleted_at timestamptz, deactivated_at timestamptz);
    create table identity.groups (id uuid primary key, name_key text);
    create table identity.group_members (group_id uuid, user_id uuid)`);
  return {
    async user({ id }, username) {
      await client.query('insert into identity.users (id, username_key) values ($1, $2)', [id, nameKey(username)]);
    },
    async deactivate({ id }) {
      await client.query('update identity.users set deactivated_at = now() where id = $1', [id]);
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
