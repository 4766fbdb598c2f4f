/**
 * The viewer that an account would be now, for questions to other subgraphs on its behalf while it is absent. Contains no rules: the other
 * subgraph decides, as for a request of the account.
 */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { ifTableIsMissing } from '@chat/kit/database/missing-table';

/** Lifetime of such a viewer, in seconds. */
const LIFETIME_SECONDS = 60;

interface Row {
  roles: string[];
  permissions: string[];
  scope: string[] | null;
}

/**
 * @param keyId the API key with which the account acts; null if it acts without one
 * @returns null if the account is inactive, its key has ended, or identity has no tables yet. Not for use inside a transaction.
 */
export async function absentViewer(em: EntityManager, accountId: string, keyId: string | null): Promise<Viewer | null> {
  const [row] = await em
    .execute<Row[]>(
      `select u.roles, k.permissions as scope,
         array(select p.permission from identity.effective_permissions p where p.user_id = u.id) as permissions
       from identity.users u
       left join identity.api_keys k
         on k.id = ?::uuid and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
       where u.id = ? and u.deleted_at is null and u.deactivated_at is null`,
      [keyId, accountId],
    )
    .catch(ifTableIsMissing<Row[]>([]));
  if (!row || (keyId !== null && row.scope === null)) return null;
  const { roles, permissions, scope } = row;
  return {
    id: accountId,
    sessionId: keyId ?? accountId,
    roles,
    permissions: scope ? permissions.filter((permission) => scope.includes(permission)) : permissions,
    ...(scope && { scope }),
    expiresAt: Math.floor(Date.now() / 1000) + LIFETIME_SECONDS,
  };
}
