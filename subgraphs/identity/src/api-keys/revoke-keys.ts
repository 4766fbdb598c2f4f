/** Revokes all API keys of an account. */
import type { EntityManager } from '@chat/kit/database/database';

/** Call it in a transaction. @returns the ids of the revoked keys, for AccessNews.ended() */
export async function revokeKeysOf(tx: EntityManager, userId: string): Promise<string[]> {
  const rows = await tx.execute<{ id: string }[]>(
    'update identity.api_keys set revoked_at = ? where user_id = ? and revoked_at is null returning id',
    [new Date(), userId],
  );
  return rows.map((row) => row.id);
}
