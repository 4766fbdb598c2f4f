/**
 * Reads the standing of accounts that act while absent, through a webhook or a scheduled message. Contains no rules. If identity has no
 * tables yet, all accounts and keys count as active.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { ifTableIsMissing } from '@chat/kit/database/missing-table';

/**
 * Subquery for `in (…)`: the ids of deactivated and deleted accounts. Catch its failure with `ifTableIsMissing`, and do not use it
 * inside a transaction.
 */
export const INACTIVE_ACCOUNTS =
  'select u.id from identity.users u where u.deactivated_at is not null or u.deleted_at is not null';

/** Whether an API key still works: neither revoked nor expired. Not for use inside a transaction. */
export async function isLiveKey(em: EntityManager, keyId: string): Promise<boolean> {
  const rows = await em
    .execute<unknown[]>(
      'select 1 from identity.api_keys where id = ? and revoked_at is null and (expires_at is null or expires_at > now())',
      [keyId],
    )
    .catch(ifTableIsMissing([keyId]));
  return rows.length > 0;
}

/** The permissions of an account on the whole installation, or null if identity has no tables yet. Not for use inside a transaction. */
export async function permissionsOfAccount(em: EntityManager, userId: string): Promise<string[] | null> {
  const rows = await em
    .execute<{ permission: string }[]>('select permission from identity.effective_permissions where user_id = ?', [
      userId,
    ])
    .catch(ifTableIsMissing(null));
  return rows && rows.map(({ permission }) => permission);
}
