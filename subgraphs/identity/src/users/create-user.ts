/** Creates accounts, with the keys that make names unique and addresses searchable. */
import { nameKey } from '@chat/identity-client/directory/directory';
import type { EntityManager } from '@chat/kit/database/database';
import { conflict } from '@chat/kit/errors';
import { newId } from '@chat/kit/ids';
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import { UserEntity } from './user.entity';
import { emailKey } from './mail-address';
import { nameSkeleton } from './username';

const NAME_TAKEN = 'This username is taken.';

export type NewUser = Pick<UserEntity, 'username' | 'displayName' | 'roles'> &
  Partial<Pick<UserEntity, 'id' | 'email' | 'passwordHash' | 'isEmailVerified' | 'isBot' | 'locale'>>;

/**
 * Creates an account. Call it in a transaction; a taken name fails that transaction, see {@link refusingTaken}.
 * @throws CONFLICT if a group has the name, because accounts and groups share one namespace for mentions
 */
export async function createUser(tx: EntityManager, values: NewUser): Promise<UserEntity> {
  await reserveName(tx, values.username);
  if (await isGroupName(tx, values.username)) throw conflict(NAME_TAKEN, { fields: { username: NAME_TAKEN } });
  const user = tx.create(UserEntity, {
    id: newId(),
    email: null,
    passwordHash: null,
    locale: null,
    isBot: false,
    isEmailVerified: false,
    createdAt: new Date(),
    deactivatedAt: null,
    deletedAt: null,
    ...values,
    usernameKey: nameKey(values.username),
    usernameSkeleton: nameSkeleton(values.username),
    emailKey: values.email ? emailKey(values.email) : null,
  });
  await tx.persist(user).flush();
  return user;
}

/** Locks this name and names that look like it until the transaction ends. */
export async function reserveName(tx: EntityManager, name: string): Promise<void> {
  await tx.execute(`select pg_advisory_xact_lock(hashtext('identity: name ' || ?))`, [nameSkeleton(name)]);
}

/** Whether a group has the name, or a name that looks like it. */
export async function isGroupName(em: EntityManager, name: string): Promise<boolean> {
  const rows = await em.execute<unknown[]>('select 1 from identity.groups where name_skeleton = ?', [
    nameSkeleton(name),
  ]);
  return rows.length > 0;
}

/**
 * Does not check e-mail addresses, because the answer would reveal whether an address has an account.
 * @throws CONFLICT with `fields` if another account has the name, or a name that looks like it
 */
export async function refuseTaken(em: EntityManager, username: string): Promise<void> {
  const fields = await takenFields(em, username);
  if (Object.keys(fields).length > 0) throw conflict(Object.values(fields).join(' '), { fields });
}

/** `username`, with the reason, if another account or a group has the name, or a name that looks like it; empty otherwise. */
export async function takenFields(em: EntityManager, username: string): Promise<Record<string, string>> {
  if (await isGroupName(em, username)) return { username: NAME_TAKEN };
  const taken = await em.find(UserEntity, { usernameSkeleton: nameSkeleton(username) });
  if (taken.some(({ usernameKey }) => usernameKey === nameKey(username))) return { username: NAME_TAKEN };
  return taken.length > 0 ? { username: 'This username could be mistaken for another account.' } : {};
}

/** Runs a transaction that creates an account. @throws CONFLICT with `fields` if a concurrent transaction took the name */
export async function refusingTaken<T>(
  em: EntityManager,
  { username }: Pick<NewUser, 'username'>,
  create: (tx: EntityManager) => Promise<T>,
): Promise<T> {
  await refuseTaken(em, username);
  try {
    return await em.transactional(create);
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException) await refuseTaken(em.fork(), username);
    throw error;
  }
}
