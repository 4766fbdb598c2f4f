/** Keeps an account as it is while something is decided by it. */
import type { EntityManager } from '@chat/kit/database/database';
import { LockMode } from '@mikro-orm/core';
import type { UserEntity } from './user.entity';

/**
 * Reads the account again and keeps its roles, password and standing as they are until the transaction ends. Without it,
 * tokens that are being made while a role is taken or the account deactivated would say what was true before, and be believed.
 */
export async function holdAccount(tx: EntityManager, user: UserEntity): Promise<void> {
  await tx.refreshOrFail(user, { lockMode: LockMode.PESSIMISTIC_READ });
}
