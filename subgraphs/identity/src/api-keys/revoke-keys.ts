/** Ends all API keys of an account. */
import type { EntityManager } from '@chat/kit/database/database';

/** Part of the caller's transaction. Returns the keys that have ended by it, for AccessPublisher.ended(). */
export async function revokeKeysOf(tx: EntityManager, userId: string): Promise<string[]> {
  const rows = await tx.execute<{ id: string }[]>(
    'update identity.api_keys set revoked_at = ? where user_id = ? and revoked_at is null returning id',
    [new Date(), userId],
  );
  return rows.map((row) => row.id);
}
