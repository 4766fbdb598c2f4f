/** Keeps the last administrator, because an installation without one cannot be repaired from inside. */
import type { EntityManager } from '@chat/kit/database/database';
import { conflict } from '@chat/kit/errors';

/** Call it in the transaction that takes administration from `userId`; two such transactions run one after the other. @throws CONFLICT */
export async function refuseLastAdministrator(tx: EntityManager, userId: string): Promise<void> {
  if (await isLastAdministrator(tx, userId))
    throw conflict('This is the last administrator. Assign the role to another account first.');
}

/** Locks all administrators, in one order, until the transaction ends. Call it before any other lock is acquired. */
export async function isLastAdministrator(tx: EntityManager, userId: string): Promise<boolean> {
  const administrators = await tx.execute<{ id: string }[]>(
    `select id from identity.users
     where 'ADMIN' = any(roles) and deactivated_at is null and deleted_at is null order by id for update`,
  );
  return administrators.length === 1 && administrators[0]!.id === userId;
}
