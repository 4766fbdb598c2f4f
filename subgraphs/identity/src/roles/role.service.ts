/** Assigns and revokes built-in roles. A change is in force everywhere before its mutation answers. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict, notFound } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import { LockMode } from '@mikro-orm/core';
import type { AccessNews } from '../access/access-news';
import type { AuditService } from '../audit/audit.service';
import { Role } from '../permissions/role';
import { UserEntity } from '../users/user.entity';
import { refuseLastAdministrator } from './last-administrator';

export class RoleService {
  constructor(
    private readonly access: AccessNews,
    private readonly audit: AuditService,
  ) {}

  /** Any role makes a guest a user. @throws BAD_USER_INPUT for GUEST, the standing of accounts without registration */
  async assignRole(em: EntityManager, userId: string, role: Role): Promise<UserEntity> {
    if (role === Role.GUEST) throw badUserInput({ role: 'GUEST is for accounts that came in without registering.' });
    return this.change(em, userId, role, 'role.assign', (roles) => [
      ...roles.filter((one) => one !== Role.GUEST),
      role,
    ]);
  }

  /** @throws CONFLICT for the last administrator, and for the account's last role */
  async revokeRole(em: EntityManager, userId: string, role: Role): Promise<UserEntity> {
    return this.change(em, userId, role, 'role.revoke', (roles) => {
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
      await this.audit.record(tx, { action, targetType: 'User', targetId: userId, details: { role } });
      return locked;
    });
    await this.access.rolesChanged([userId]);
    return user;
  }
}

/**
 * Gives a change of roles its version, for AccessNews. Call it in the transaction of the change. The version is the database's time
 * and later than the one before it, so the order of two changes does not depend on the clocks of processes.
 */
export async function markRolesChanged(tx: EntityManager, userIds: readonly string[]): Promise<void> {
  if (userIds.length === 0) return;
  await tx.execute(
    `update identity.users set roles_changed_at = greatest(clock_timestamp(), roles_changed_at + interval '1 millisecond')
     where id in (?)`,
    [userIds],
  );
}
