/** Custom roles and who has them. Every change reaches the tokens that are in use. */
import { nameKey } from '@chat/identity-client/directory/directory';
import type { EntityManager } from '@chat/kit/database/database';
import { conflict, notFound } from '@chat/kit/errors';
import { isId, newId } from '@chat/kit/ids';
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { AccessPublisher } from '../access/access-publisher';
import type { Actor } from '../audit/actor';
import type { AuditService } from '../audit/audit.service';
import { inOrder } from '../roles/role';
import { markRolesChanged } from '../roles/role.service';
import { UserEntity } from '../users/user.entity';
import { CustomRole, type CreateCustomRoleInput, type UpdateCustomRoleInput } from './custom-role.type';

export class CustomRoleService {
  constructor(
    private readonly access: AccessPublisher,
    private readonly audit: AuditService,
  ) {}

  /** All of them, by name. There are as many as administrators make by hand. */
  customRoles(em: EntityManager): Promise<CustomRole[]> {
    return em.find(CustomRole, {}, { orderBy: { nameKey: 'asc' } });
  }

  async createCustomRole(em: EntityManager, input: CreateCustomRoleInput, actor: Actor): Promise<CustomRole> {
    return refusingTakenName(() =>
      em.transactional(async (tx) => {
        const role = tx.create(CustomRole, {
          id: newId(),
          name: input.name.trim(),
          nameKey: nameKey(input.name.trim()),
          description: input.description ?? null,
          permissions: inOrder(input.permissions),
        });
        await tx.persist(role).flush();
        const details = { name: role.name, permissions: role.permissions };
        await this.audit.record(tx, actor, 'custom-role.create', { type: 'CustomRole', id: role.id }, details);
        return role;
      }),
    );
  }

  async updateCustomRole(em: EntityManager, input: UpdateCustomRoleInput, actor: Actor): Promise<CustomRole> {
    return refusingTakenName(() =>
      this.change(em, input.id, actor, 'custom-role.update', async (tx, role) => {
        if (input.name != null) Object.assign(role, { name: input.name.trim(), nameKey: nameKey(input.name.trim()) });
        if (input.description !== undefined) role.description = input.description;
        if (input.permissions != null) role.permissions = inOrder(input.permissions);
        await tx.flush();
      }),
    );
  }

  async deleteCustomRole(em: EntityManager, id: string, actor: Actor): Promise<void> {
    await this.change(em, id, actor, 'custom-role.delete', (tx) => tx.nativeDelete(CustomRole, { id }));
  }

  async assignCustomRole(em: EntityManager, userId: string, roleId: string, actor: Actor): Promise<UserEntity> {
    return this.changeMember(em, userId, roleId, actor, 'custom-role.assign', (tx) =>
      tx.execute('insert into identity.custom_role_members (role_id, user_id) values (?, ?) on conflict do nothing', [
        roleId,
        userId,
      ]),
    );
  }

  async revokeCustomRole(em: EntityManager, userId: string, roleId: string, actor: Actor): Promise<UserEntity> {
    return this.changeMember(em, userId, roleId, actor, 'custom-role.revoke', (tx) =>
      tx.execute('delete from identity.custom_role_members where role_id = ? and user_id = ?', [roleId, userId]),
    );
  }

  private async change(
    em: EntityManager,
    id: string,
    actor: Actor,
    action: string,
    apply: (tx: EntityManager, role: CustomRole) => Promise<unknown>,
  ): Promise<CustomRole> {
    if (!isId(id)) throw notFound('Custom role');
    let members: string[] = [];
    const role = await em.transactional(async (tx) => {
      const found = await tx.findOne(CustomRole, id);
      if (!found) throw notFound('Custom role');
      members = (
        await tx.execute<{ user_id: string }[]>('select user_id from identity.custom_role_members where role_id = ?', [
          id,
        ])
      ).map((row) => row.user_id);
      await apply(tx, found);
      await markRolesChanged(tx, members);
      const details = { name: found.name, permissions: found.permissions };
      await this.audit.record(tx, actor, action, { type: 'CustomRole', id }, details);
      return found;
    });
    await this.access.rolesChanged(members);
    return role;
  }

  private async changeMember(
    em: EntityManager,
    userId: string,
    roleId: string,
    actor: Actor,
    action: string,
    apply: (tx: EntityManager) => Promise<unknown>,
  ): Promise<UserEntity> {
    const user = await em.transactional(async (tx) => {
      const found = isId(userId) ? await tx.findOne(UserEntity, { id: userId, deletedAt: null }) : null;
      if (!found) throw notFound('User');
      if (!isId(roleId) || !(await tx.findOne(CustomRole, roleId))) throw notFound('Custom role');
      await apply(tx);
      await markRolesChanged(tx, [userId]);
      await this.audit.record(tx, actor, action, { type: 'User', id: userId }, { customRoleId: roleId });
      return found;
    });
    await this.access.rolesChanged([userId]);
    return user;
  }
}

async function refusingTakenName<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException)
      throw conflict('This name is taken.', { fields: { name: 'This name is taken.' } });
    throw error;
  }
}
