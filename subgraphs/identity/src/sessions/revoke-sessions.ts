/** Ends sessions. Triggers note each end in the outbox, from which an identity process publishes it. */
import type { EntityManager } from '@chat/kit/database/database';

/** Ends all sessions of an account except one. Call it in a transaction. @returns the ended ids, for `AccessNews.ended` */
export async function revokeSessionsOf(tx: EntityManager, userId: string, except?: string | null): Promise<string[]> {
  const rows = await tx.execute<{ id: string }[]>(
    `update identity.sessions set revoked_at = ?
     where user_id = ? and revoked_at is null and id is distinct from ?::uuid returning id`,
    [new Date(), userId, except ?? null],
  );
  return rows.map((row) => row.id);
}
