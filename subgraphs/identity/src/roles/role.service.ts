/** Gives and takes roles. What follows from them is right everywhere before the mutation answers. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict, notFound } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import { LockMode } from '@mikro-orm/core';
import type { AccessPublisher } from '../access/access-publisher';
import type { Actor } from '../audit/actor';
import type { AuditService } from '../audit/audit.service';
import { UserEntity } from '../users/user.entity';
import { refuseLastAdministrator } from './last-administrator';
import { Role } from './role';

export class RoleService {
  constructor(
    private readonly access: AccessPublisher,
    private readonly audit: AuditService,
  ) {}

  /** A guest becomes a user by any other role. @throws BAD_USER_INPUT for GUEST, which is what one is without registering. */
  async assignRole(em: EntityManager, userId: string, role: Role, actor: Actor): Promise<UserEntity> {
    if (role === Role.GUEST) throw badUserInput({ role: 'GUEST is for accounts that came without registering.' });
    return this.change(em, userId, role, 'role.assign', actor, (roles) => [
      ...roles.filter((one) => one !== Role.GUEST),
      role,
    ]);
  }

  /** @throws CONFLICT where it is the last administrator's, or the account's last role. */
  async revokeRole(em: EntityManager, userId: string, role: Role, actor: Actor): Promise<UserEntity> {
    return this.change(em, userId, role, 'role.revoke', actor, (roles) => {
      const rest = roles.filter((one) => one !== role);
      if (rest.length === 0) throw conflict('An account keeps at least one role. Deactivate it to lock it out.');
      return rest;
    });
  }

  private async change(
    em: EntityManager,
    userId: string,
    role: Role,
    action: string,
    actor: Actor,
    apply: (roles: Role[]) => Role[],
  ): Promise<UserEntity> {
    if (!isId(userId)) throw notFound('User');
    const user = await em.transactional(async (tx) => {
      if (action === 'role.revoke' && role === Role.ADMIN) await refuseLastAdministrator(tx, userId);
      const locked = await tx.findOne(
        UserEntity,
        { id: userId, deletedAt: null },
        { lockMode: LockMode.PESSIMISTIC_WRITE },
      );
      if (!locked) throw notFound('User');
      const roles = apply(locked.roles);
      locked.roles = Object.values(Role).filter((one) => roles.includes(one));
      await tx.flush();
      await markRolesChanged(tx, [userId]);
      await this.audit.record(tx, actor, action, { type: 'User', id: userId }, { role });
      return locked;
    });
    await this.access.rolesChanged([userId]);
    return user;
  }
}

/**
 * Gives the change its place among those of the account, for AccessPublisher. Part of the caller's transaction. The moment is the
 * database's, and later than the one before: of two changes the later one counts, whatever the clocks of processes say.
 */
export async function markRolesChanged(tx: EntityManager, userIds: readonly string[]): Promise<void> {
  if (userIds.length === 0) return;
  await tx.execute(
    `update identity.users set roles_changed_at = greatest(clock_timestamp(), roles_changed_at + interval '1 millisecond')
     where id in (?)`,
    [userIds],
  );
}
