/** An installation that nobody administers cannot be mended from inside, so the last administrator stays one. */
import type { EntityManager } from '@chat/kit/database/database';
import { conflict } from '@chat/kit/errors';

/** Part of a transaction that takes `userId`'s administration away; two of them wait for each other here. @throws CONFLICT */
export async function refuseLastAdministrator(tx: EntityManager, userId: string): Promise<void> {
  if (await isLastAdministrator(tx, userId))
    throw conflict('This is the last administrator. Make somebody else one first.');
}

/** Ask it before anything else is locked: it locks all administrators, in one order, until the transaction ends. */
export async function isLastAdministrator(tx: EntityManager, userId: string): Promise<boolean> {
  const administrators = await tx.execute<{ id: string }[]>(
    `select id from identity.users
     where 'ADMIN' = any(roles) and deactivated_at is null and deleted_at is null order by id for update`,
  );
  return administrators.length === 1 && administrators[0]!.id === userId;
}
