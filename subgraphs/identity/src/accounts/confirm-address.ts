/** The owner of an e-mail address: at most one account, which has confirmed it. */
import type { EntityManager } from '@chat/kit/database/database';

/** Confirms the address unless another account owns it. Call it in a transaction. @returns whether the account owns it now */
export async function confirmAddress(tx: EntityManager, userId: string, key: string): Promise<boolean> {
  await tx.execute(`select pg_advisory_xact_lock(hashtextextended('identity: address ' || ?, 0))`, [key]);
  const rows = await tx.execute<unknown[]>(
    `update identity.users u set is_email_verified = true where u.id = ? and u.email_key = ? and u.deleted_at is null
       and not exists (select 1 from identity.users o where o.email_key = ? and o.is_email_verified and o.id <> u.id)
     returning 1`,
    [userId, key, key],
  );
  return rows.length > 0;
}
