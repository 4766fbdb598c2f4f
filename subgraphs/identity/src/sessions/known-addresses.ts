/** The networks from which an account was used lately. Guesses from elsewhere do not lock the owner out of them. */
import { networkOf } from '@chat/kit/auth/address';
import type { EntityManager } from '@chat/kit/database/database';

/** Days that an address is remembered. */
const REMEMBERED_DAYS = 90;

/** Whether a session of the account was opened or refreshed from `address` or its network. */
export async function isKnownAddress(em: EntityManager, userId: string, address: string | null): Promise<boolean> {
  if (address === null) return false;
  const rows = await em.execute<{ address: string }[]>(
    `select distinct address from identity.sessions
     where user_id = ? and address is not null and last_seen_at > now() - ? * interval '1 day' limit 1000`,
    [userId, REMEMBERED_DAYS],
  );
  return rows.some((row) => networkOf(row.address) === networkOf(address));
}
