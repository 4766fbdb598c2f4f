/** Gives and revokes permissions on single resources. Other subgraphs read them through identity-client/src/access/grants.ts. */
import type { Grants } from '@chat/identity-client/access/grants';
import { currentActor } from '@chat/kit/auth/current-actor';
import type { EntityManager } from '@chat/kit/database/database';
import { notFound } from '@chat/kit/errors';
import {
  pageRequest,
  sortValue,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { textProblem } from '@chat/kit/graphql/text';
import { refuseWrong } from '@chat/kit/graphql/wrong-fields';
import { isId, newId } from '@chat/kit/ids';
import type { AccessNews } from '../access/access-news';
import type { AuditService } from '../audit/audit.service';
import { GroupEntity } from '../groups/group.entity';
import type { Permission } from '../permissions/role';
import { UserEntity } from '../users/user.entity';
import { GrantEntity } from './grant.entity';

export interface NewGrant {
  userId?: string;
  groupId?: string;
  resourceType: string;
  resourceId: string;
  permission: Permission;
}

export class GrantService {
  constructor(
    private readonly access: AccessNews,
    private readonly audit: AuditService,
    private readonly grants: Grants,
  ) {}

  /** Creates a grant, or returns the equal one that exists. @throws NOT_FOUND for an unknown account or group */
  async grantPermission(em: EntityManager, input: NewGrant): Promise<GrantEntity> {
    const { userId = null, groupId = null, resourceType, permission } = input;
    const resourceId = canonicalId(input.resourceId);
    const values = { userId, groupId, resourceType, resourceId, permission };
    const grant = await em.transactional(async (tx) => {
      await this.refuseUnknown(tx, userId, groupId);
      await tx.execute(
        `insert into identity.grants
           (id, user_id, group_id, resource_type, resource_id, permission, granted_by, created_at)
         values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
        [newId(), userId, groupId, resourceType, resourceId, permission, currentActor().actorId, new Date()],
      );
      const given = await tx.findOneOrFail(GrantEntity, values);
      await this.audit.record(tx, {
        action: 'grant.give',
        targetType: resourceType,
        targetId: resourceId,
        details: values,
      });
      return given;
    });
    await this.announce(em, grant);
    return grant;
  }

  /** @throws NOT_FOUND */
  async findGrant(em: EntityManager, id: string): Promise<GrantEntity> {
    const grant = isId(id) ? await em.findOne(GrantEntity, id) : null;
    if (!grant) throw notFound('Grant');
    return grant;
  }

  async revokePermission(em: EntityManager, grant: GrantEntity): Promise<void> {
    const { id, userId, groupId, resourceType, resourceId, permission } = grant;
    await em.transactional(async (tx) => {
      await tx.nativeDelete(GrantEntity, { id });
      const details = { userId, groupId, permission };
      await this.audit.record(tx, { action: 'grant.take', targetType: resourceType, targetId: resourceId, details });
    });
    await this.announce(em, grant);
  }

  /** Grants on one resource, oldest first. */
  async grantsOn(
    em: EntityManager,
    resourceType: string,
    resourceId: string,
    page: PageArguments,
  ): Promise<Connection<GrantEntity>> {
    const texts = Object.entries({ resourceType, resourceId });
    const wrong = texts
      .map(([name, text]) => [name, textProblem(text, { max: 64 })] as const)
      .filter(([, problem]) => problem);
    refuseWrong(Object.fromEntries(wrong.map(([name, problem]) => [name, `${name} ${problem}.`])));
    const request = pageRequest('grants', page);
    const id = sortValue(request, isId);
    const rows = await em.find(
      GrantEntity,
      {
        resourceType,
        resourceId: canonicalId(resourceId),
        ...(id !== undefined && { id: request.isBackward ? { $lt: id } : { $gt: id } }),
      },
      { orderBy: { id: request.isBackward ? 'desc' : 'asc' }, limit: request.limit },
    );
    return toConnection('grants', request, rows, (row) => [row.id]);
  }

  private async refuseUnknown(tx: EntityManager, userId: string | null, groupId: string | null): Promise<void> {
    if (userId && !(isId(userId) && (await tx.count(UserEntity, { id: userId, deletedAt: null }))))
      throw notFound('User');
    if (groupId && !(isId(groupId) && (await tx.count(GroupEntity, { id: groupId })))) throw notFound('Group');
  }

  /** Has the access of all affected accounts checked again, in this process and in all others. */
  private async announce(em: EntityManager, { userId, groupId }: GrantEntity): Promise<void> {
    const rows = groupId
      ? await em.execute<{ user_id: string }[]>('select user_id from identity.group_members where group_id = ?', [
          groupId,
        ])
      : [{ user_id: userId! }];
    for (const row of rows) this.grants.forget(row.user_id);
    await this.access.grantsChanged(rows.map((row) => row.user_id));
  }
}

/** UUIDs are equal in upper and lower case; other ids are taken literally. */
const canonicalId = (id: string): string => (isId(id) ? id.toLowerCase() : id);
