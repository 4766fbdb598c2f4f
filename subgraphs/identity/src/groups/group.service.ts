/** Groups and their members. A change of members has their access checked again at once. */
import { nameKey } from '@chat/identity-client/directory/directory';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict, notFound } from '@chat/kit/errors';
import {
  isText,
  pageRequest,
  sortValue,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { isId, newId } from '@chat/kit/ids';
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { AccessNews } from '../access/access-news';
import type { AuditService } from '../audit/audit.service';
import { reserveName } from '../users/create-user';
import { UserEntity } from '../users/user.entity';
import { nameSkeleton as skeletonOf, usernameProblem } from '../users/username';
import { GroupEntity } from './group.entity';
import { MAX_MEMBERS_AT_ONCE, type CreateGroupInput } from './group.input';

export interface MemberPage extends Connection<UserEntity> {
  groupId: string;
}

export class GroupService {
  constructor(
    private readonly access: AccessNews,
    private readonly audit: AuditService,
  ) {}

  /** All groups, sorted by name. There are few, because administrators create them by hand. */
  groups(em: EntityManager): Promise<GroupEntity[]> {
    return em.find(GroupEntity, {}, { orderBy: { nameKey: 'asc' } });
  }

  /** @throws BAD_USER_INPUT on the name; CONFLICT if it is taken; NOT_FOUND for an unknown member */
  async createGroup(em: EntityManager, input: CreateGroupInput): Promise<GroupEntity> {
    const problem = usernameProblem(input.name);
    if (problem) throw badUserInput({ name: `name ${problem}.` });
    const memberIds = input.memberIds ?? [];
    try {
      const group = await em.transactional(async (tx) => {
        // Accounts and groups are mentioned in the same way, so they share one namespace.
        await reserveName(tx, input.name);
        const nameSkeleton = skeletonOf(input.name);
        if ((await tx.count(UserEntity, { usernameSkeleton: nameSkeleton })) > 0) throw taken();
        const made = tx.create(GroupEntity, {
          id: newId(),
          name: input.name,
          nameKey: nameKey(input.name),
          nameSkeleton,
          description: input.description ?? null,
        });
        await tx.persist(made).flush();
        await addMembers(tx, made.id, memberIds);
        await this.record(tx, 'group.create', made.id, { name: made.name, memberIds });
        return made;
      });
      await this.access.grantsChanged(memberIds);
      return group;
    } catch (error) {
      throw error instanceof UniqueConstraintViolationException ? taken() : error;
    }
  }

  /** @throws NOT_FOUND */
  async deleteGroup(em: EntityManager, id: string): Promise<void> {
    const members = await em.transactional(async (tx) => {
      const group = await accessGroup(tx, id);
      const rows = await tx.execute<{ user_id: string }[]>(
        'select user_id from identity.group_members where group_id = ?',
        [id],
      );
      await tx.nativeDelete(GroupEntity, { id });
      await this.record(tx, 'group.delete', id, { name: group.name });
      return rows.map((row) => row.user_id);
    });
    await this.access.grantsChanged(members);
  }

  /** @throws NOT_FOUND for an unknown group or account */
  async addGroupMembers(em: EntityManager, id: string, userIds: string[]): Promise<GroupEntity> {
    return this.changeMembers(em, id, userIds, 'group.add-members', (tx) => addMembers(tx, id, userIds));
  }

  /** @throws NOT_FOUND for an unknown group */
  async removeGroupMembers(em: EntityManager, id: string, userIds: string[]): Promise<GroupEntity> {
    const known = userIds.filter(isId);
    return this.changeMembers(em, id, known, 'group.remove-members', async (tx) => {
      if (known.length > 0)
        await tx.execute('delete from identity.group_members where group_id = ? and user_id in (?)', [id, known]);
    });
  }

  /** The members, sorted by username. */
  async members(em: EntityManager, groupId: string, page: PageArguments): Promise<MemberPage> {
    const request = pageRequest('groupMembers', page);
    const { isBackward, limit } = request;
    const from = sortValue(request, isText);
    const rows = await em.execute<Record<string, unknown>[]>(
      `select u.* from identity.group_members m join identity.users u on u.id = m.user_id
       where m.group_id = ? ${from !== undefined ? `and u.username_key ${isBackward ? '<' : '>'} ?` : ''}
       order by u.username_key ${isBackward ? 'desc' : 'asc'} limit ?`,
      [groupId, ...(from !== undefined ? [from] : []), limit],
    );
    const users = rows.map((row) => em.map(UserEntity, row));
    return { ...toConnection('groupMembers', request, users, (user) => [user.usernameKey]), groupId };
  }

  async countMembers(em: EntityManager, groupId: string): Promise<number> {
    const [row] = await em.execute<{ count: string }[]>(
      'select count(*) from identity.group_members where group_id = ?',
      [groupId],
    );
    return Number(row!.count);
  }

  private async changeMembers(
    em: EntityManager,
    id: string,
    userIds: string[],
    action: string,
    apply: (tx: EntityManager) => Promise<unknown>,
  ): Promise<GroupEntity> {
    const group = await em.transactional(async (tx) => {
      const found = await accessGroup(tx, id);
      await apply(tx);
      await this.record(tx, action, id, { userIds });
      return found;
    });
    await this.access.grantsChanged(userIds);
    return group;
  }

  private record(tx: EntityManager, action: string, id: string, details: Record<string, unknown>): Promise<void> {
    return this.audit.record(tx, { action, targetType: 'Group', targetId: id, details });
  }
}

const taken = () => conflict('This name is taken.', { fields: { name: 'This name is taken.' } });

async function accessGroup(em: EntityManager, id: string): Promise<GroupEntity> {
  const group = isId(id) ? await em.findOne(GroupEntity, id) : null;
  if (!group) throw notFound('Group');
  return group;
}

async function addMembers(tx: EntityManager, groupId: string, userIds: readonly string[]): Promise<void> {
  if (userIds.length > MAX_MEMBERS_AT_ONCE)
    throw badUserInput({ memberIds: `At most ${MAX_MEMBERS_AT_ONCE} accounts can be added at once.` });
  if (userIds.length === 0) return;
  const known = await tx.count(UserEntity, { id: { $in: userIds.filter(isId) }, deletedAt: null });
  if (known < new Set(userIds).size) throw notFound('User');
  await tx.execute(
    `insert into identity.group_members (group_id, user_id)
     select ?, id from identity.users where id in (?) on conflict do nothing`,
    [groupId, userIds],
  );
}
