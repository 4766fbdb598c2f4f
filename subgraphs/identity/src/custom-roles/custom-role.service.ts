/** Custom roles and their members. Every change reaches the access tokens in use. */
import { nameKey } from '@chat/identity-client/directory/directory';
import type { EntityManager } from '@chat/kit/database/database';
import { conflict, notFound } from '@chat/kit/errors';
import { isId, newId } from '@chat/kit/ids';
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { AccessNews } from '../access/access-news';
import type { AuditService } from '../audit/audit.service';
import { inOrder } from '../permissions/role';
import { markRolesChanged } from '../roles/role.service';
import { UserEntity } from '../users/user.entity';
import { CustomRoleEntity } from './custom-role.entity';
import type { CreateCustomRoleInput, UpdateCustomRoleInput } from './custom-role.input';

const NAME_TAKEN = 'This name is taken.';

export class CustomRoleService {
  constructor(
    private readonly access: AccessNews,
    private readonly audit: AuditService,
  ) {}

  /** All custom roles, sorted by name. There are few, because administrators create them by hand. */
  customRoles(em: EntityManager): Promise<CustomRoleEntity[]> {
    return em.find(CustomRoleEntity, {}, { orderBy: { nameKey: 'asc' } });
  }

  /** @throws CONFLICT if the name is taken */
  async createCustomRole(em: EntityManager, input: CreateCustomRoleInput): Promise<CustomRoleEntity> {
    return refusingTakenName(() =>
      em.transactional(async (tx) => {
        const role = tx.create(CustomRoleEntity, {
          id: newId(),
          name: input.name.trim(),
          nameKey: nameKey(input.name.trim()),
          description: input.description ?? null,
          permissions: inOrder(input.permissions),
        });
        await tx.persist(role).flush();
        await this.record(tx, 'custom-role.create', role);
        return role;
      }),
    );
  }

  /** @throws NOT_FOUND; CONFLICT if the name is taken */
  async updateCustomRole(em: EntityManager, input: UpdateCustomRoleInput): Promise<CustomRoleEntity> {
    return refusingTakenName(() =>
      this.change(em, input.id, 'custom-role.update', async (tx, role) => {
        if (input.name != null) Object.assign(role, { name: input.name.trim(), nameKey: nameKey(input.name.trim()) });
        if (input.description !== undefined) role.description = input.description;
        if (input.permissions != null) role.permissions = inOrder(input.permissions);
        await tx.flush();
      }),
    );
  }

  /** @throws NOT_FOUND */
  async deleteCustomRole(em: EntityManager, id: string): Promise<void> {
    await this.change(em, id, 'custom-role.delete', (tx) => tx.nativeDelete(CustomRoleEntity, { id }));
  }

  /** @throws NOT_FOUND for an unknown account or role */
  async assignCustomRole(em: EntityManager, userId: string, roleId: string): Promise<UserEntity> {
    return this.changeMember(em, userId, roleId, 'custom-role.assign', (tx) =>
      tx.execute('insert into identity.custom_role_members (role_id, user_id) values (?, ?) on conflict do nothing', [
        roleId,
        userId,
      ]),
    );
  }

  /** @throws NOT_FOUND for an unknown account or role */
  async revokeCustomRole(em: EntityManager, userId: string, roleId: string): Promise<UserEntity> {
    return this.changeMember(em, userId, roleId, 'custom-role.revoke', (tx) =>
      tx.execute('delete from identity.custom_role_members where role_id = ? and user_id = ?', [roleId, userId]),
    );
  }

  private async change(
    em: EntityManager,
    id: string,
    action: string,
    apply: (tx: EntityManager, role: CustomRoleEntity) => Promise<unknown>,
  ): Promise<CustomRoleEntity> {
    if (!isId(id)) throw notFound('Custom role');
    let members: string[] = [];
    const role = await em.transactional(async (tx) => {
      const found = await tx.findOne(CustomRoleEntity, id);
      if (!found) throw notFound('Custom role');
      const rows = await tx.execute<{ user_id: string }[]>(
        'select user_id from identity.custom_role_members where role_id = ?',
        [id],
      );
      members = rows.map((row) => row.user_id);
      await apply(tx, found);
      await markRolesChanged(tx, members);
      await this.record(tx, action, found);
      return found;
    });
    await this.access.rolesChanged(members);
    return role;
  }

  private async changeMember(
    em: EntityManager,
    userId: string,
    roleId: string,
    action: string,
    apply: (tx: EntityManager) => Promise<unknown>,
  ): Promise<UserEntity> {
    const user = await em.transactional(async (tx) => {
      const found = isId(userId) ? await tx.findOne(UserEntity, { id: userId, deletedAt: null }) : null;
      if (!found) throw notFound('User');
      if (!isId(roleId) || !(await tx.findOne(CustomRoleEntity, roleId))) throw notFound('Custom role');
      await apply(tx);
      await markRolesChanged(tx, [userId]);
      await this.audit.record(tx, { action, targetType: 'User', targetId: userId, details: { customRoleId: roleId } });
      return found;
    });
    await this.access.rolesChanged([userId]);
    return user;
  }

  private record(tx: EntityManager, action: string, { id, name, permissions }: CustomRoleEntity): Promise<void> {
    return this.audit.record(tx, { action, targetType: 'CustomRole', targetId: id, details: { name, permissions } });
  }
}

async function refusingTakenName<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException)
      throw conflict(NAME_TAKEN, { fields: { name: NAME_TAKEN } });
    throw error;
  }
}
