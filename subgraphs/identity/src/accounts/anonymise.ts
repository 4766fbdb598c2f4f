/** Anonymises a deleted account, so that its messages keep an author without a name. */
import type { EntityManager } from '@chat/kit/database/database';
import type { AccountRows } from '@chat/kit/graphql/feature';
import { Role } from '../permissions/role';
import type { UserEntity } from '../users/user.entity';

/**
 * Removes all personal data and the given rows of the account. Call it in a transaction that has locked the account and also ends its
 * sessions and keys.
 */
export async function anonymise(tx: EntityManager, user: UserEntity, rows: readonly AccountRows[]): Promise<void> {
  const { id } = user;
  const name = `deleted-${id.replaceAll('-', '').slice(-12)}`;
  Object.assign(user, {
    username: name,
    usernameKey: name,
    usernameSkeleton: name,
    displayName: 'Deleted account',
    email: null,
    emailKey: null,
    isEmailVerified: false,
    avatarUrl: null,
    locale: null,
    statusText: null,
    statusEmoji: null,
    statusExpiresAt: null,
    passwordHash: null,
    roles: [Role.GUEST],
    deletedAt: new Date(),
  });
  await tx.flush();
  for (const { table, column } of rows) await tx.execute(`delete from identity.${table} where ${column} = ?`, [id]);
  await tx.execute('update identity.sessions set address = null, user_agent = null where user_id = ?', [id]);
}
