/** Reads the permissions of accounts on the whole installation, those from custom roles included. */
import type { EntityManager } from '@chat/kit/database/database';
import DataLoader from 'dataloader';
import { inOrder, permissionsOf, type Permission, type Role } from './role';

export type CustomPermissionLoader = DataLoader<string, Permission[]>;

export function customPermissionLoader(em: () => EntityManager): CustomPermissionLoader {
  return new DataLoader(async (userIds) => {
    const byUser = await customPermissions(em(), userIds);
    return userIds.map((id) => byUser.get(id) ?? []);
  });
}

interface Account {
  id: string;
  roles: readonly Role[];
}

/** The permissions that the account's next access token will carry. */
export async function effectivePermissions(em: EntityManager, user: Account): Promise<Permission[]> {
  const [permissions] = await effectivePermissionsOf(em, [user]);
  return permissions!;
}

/** The same for many accounts, in their order. */
export async function effectivePermissionsOf(em: EntityManager, users: readonly Account[]): Promise<Permission[][]> {
  if (users.length === 0) return [];
  const byUser = await customPermissions(
    em,
    users.map(({ id }) => id),
  );
  return users.map(({ id, roles }) => permissionsOf(roles, byUser.get(id)));
}

async function customPermissions(em: EntityManager, userIds: readonly string[]): Promise<Map<string, Permission[]>> {
  const rows = await em.execute<{ user_id: string; permissions: Permission[] }[]>(
    `select m.user_id, r.permissions from identity.custom_role_members m
     join identity.custom_roles r on r.id = m.role_id where m.user_id in (?)`,
    [userIds],
  );
  const byUser = new Map<string, Permission[]>();
  for (const { user_id: id, permissions } of rows) byUser.set(id, inOrder([...(byUser.get(id) ?? []), ...permissions]));
  return byUser;
}
