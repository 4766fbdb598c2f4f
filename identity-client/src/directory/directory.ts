/** Looks up identity's accounts and groups by name and id, for subgraphs that find names in texts. Read-only. */
import type { EntityManager } from '@chat/kit/database/database';
import { ifTableIsMissing } from '@chat/kit/database/missing-table';

/** Equal for names that differ only in case or Unicode composition. */
export const nameKey = (name: string): string => name.normalize('NFKC').toLowerCase().normalize('NFKC');

/** The accounts behind a name: one account, or the members of a group. */
export interface NamedAccounts {
  kind: 'user' | 'group';
  /** At most `groupLimit` members of a group. */
  userIds: string[];
}

/**
 * Looks up names by their {@link nameKey}. An account wins over a group with the same name. Unknown names are absent. Not for use inside a
 * transaction, because the statement fails if identity has no tables yet.
 */
export async function resolveNames(
  em: EntityManager,
  keys: readonly string[],
  groupLimit = 1000,
): Promise<Map<string, NamedAccounts>> {
  if (keys.length === 0) return new Map();
  const rows = await em
    .execute<{ key: string; kind: NamedAccounts['kind']; user_ids: string[] }[]>(
      `select name_key as key, 'group' as kind,
         array(select user_id::text from identity.group_members where group_id = g.id order by user_id limit ?) as user_ids
       from identity.groups g where name_key in (?)
       union all
       select username_key, 'user', array[id::text] from identity.users where username_key in (?) and deleted_at is null`,
      [groupLimit, keys, keys],
    )
    .catch(ifTableIsMissing([]));
  return new Map(rows.map(({ key, kind, user_ids: userIds }) => [key, { kind, userIds }]));
}

/** The {@link nameKey} of each account; deleted accounts are absent. Empty if identity has no tables yet. */
export async function accountNameKeys(em: EntityManager, userIds: readonly string[]): Promise<Map<string, string>> {
  if (userIds.length === 0) return new Map();
  const rows = await em
    .execute<{ id: string; key: string }[]>(
      'select id, username_key as key from identity.users where id in (?) and deleted_at is null',
      [userIds],
    )
    .catch(ifTableIsMissing([]));
  return new Map(rows.map(({ id, key }) => [id, key]));
}

/** @returns the ids that belong to no account; empty if identity has no tables yet */
export async function unknownAccounts(em: EntityManager, userIds: readonly string[]): Promise<string[]> {
  if (userIds.length === 0) return [];
  const rows = await em
    .execute<{ id: string }[]>('select id from identity.users where id in (?) and deleted_at is null', [userIds])
    .catch(ifTableIsMissing(userIds.map((id) => ({ id }))));
  const known = new Set(rows.map(({ id }) => id));
  return userIds.filter((id) => !known.has(id));
}

/** Whether an account exists and is neither deleted nor deactivated. True if identity has no tables yet. */
export async function isActiveAccount(em: EntityManager, userId: string): Promise<boolean> {
  const rows = await em
    .execute<unknown[]>('select 1 from identity.users where id = ? and deleted_at is null and deactivated_at is null', [
      userId,
    ])
    .catch(ifTableIsMissing([userId]));
  return rows.length > 0;
}
