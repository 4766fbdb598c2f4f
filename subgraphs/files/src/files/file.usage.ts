/** The bytes that files use. Triggers of migration 110 keep one row an account up to date, in the transaction of each change. */
import type { EntityManager } from '@chat/kit/database/database';

/** @param ownerId without it, the files of all accounts */
export async function usedBytes(em: EntityManager, ownerId?: string): Promise<number> {
  const [row] = ownerId
    ? await em.execute<{ used: string }[]>('select bytes as used from files.usage where owner_id = ?', [ownerId])
    : await em.execute<{ used: string }[]>('select coalesce(sum(bytes), 0) as used from files.usage');
  return Number(row?.used ?? 0);
}
