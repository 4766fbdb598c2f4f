/** Locks an account while a decision depends on it. */
import type { EntityManager } from '@chat/kit/database/database';
import { LockMode } from '@mikro-orm/core';
import type { UserEntity } from './user.entity';

/**
 * Reads the account again and locks its roles, password and standing until the transaction ends. Without the lock, a token that is
 * issued while a role is revoked or the account is deactivated would carry outdated rights.
 */
export async function holdAccount(tx: EntityManager, user: UserEntity): Promise<void> {
  await tx.refreshOrFail(user, { lockMode: LockMode.PESSIMISTIC_READ });
}
