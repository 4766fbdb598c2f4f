/** What is left of an account that has been deleted: an author without a name, for what it wrote. */
import type { EntityManager } from '@chat/kit/database/database';
import { Role } from '../roles/role';
import type { UserEntity } from '../users/user.entity';

/** Removes everything personal. Part of the caller's transaction, which has locked the account and ends its sessions and keys. */
export async function anonymise(tx: EntityManager, user: UserEntity): Promise<void> {
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
    locale: null,
    passwordHash: null,
    roles: [Role.GUEST],
    deletedAt: new Date(),
  });
  await tx.flush();
  for (const table of ['custom_role_members', 'group_members', 'grants', 'provider_accounts', 'password_resets'])
    await tx.execute(`delete from identity.${table} where user_id = ?`, [id]);
  await tx.execute('update identity.sessions set address = null, user_agent = null where user_id = ?', [id]);
}
