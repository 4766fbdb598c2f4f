/** Gives and takes permissions on single resources. Other subgraphs read them through kit/src/auth/grants.ts. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, notFound } from '@chat/kit/errors';
import {
  pageRequest,
  sortValue,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { textProblem } from '@chat/kit/graphql/text';
import { isId, newId } from '@chat/kit/ids';
import type { AccessPublisher } from '../access/access-publisher';
import type { Actor } from '../audit/actor';
import type { AuditService } from '../audit/audit.service';
import { Group } from '../groups/group.type';
import type { Permission } from '../roles/role';
import { UserEntity } from '../users/user.entity';
import { Grant } from './grant.type';

export interface NewGrant {
  userId?: string;
  groupId?: string;
  resourceType: string;
  resourceId: string;
  permission: Permission;
}

export class GrantService {
  constructor(
    private readonly access: AccessPublisher,
    private readonly audit: AuditService,
    private readonly grants: Grants,
  ) {}

  /** Gives it; where it is there already, that one is returned. @throws NOT_FOUND for an unknown account or group. */
  async grantPermission(em: EntityManager, input: NewGrant, actor: Actor): Promise<Grant> {
    const { userId = null, groupId = null, resourceType, permission } = input;
    const resourceId = canonicalId(input.resourceId);
    const values = { userId, groupId, resourceType, resourceId, permission };
    const grant = await em.transactional(async (tx) => {
      await this.refuseUnknown(tx, userId, groupId);
      await tx.execute(
        `insert into identity.grants
           (id, user_id, group_id, resource_type, resource_id, permission, granted_by, created_at)
         values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
        [newId(), userId, groupId, resourceType, resourceId, permission, actor.id, new Date()],
      );
      const given = await tx.findOneOrFail(Grant, values);
      await this.audit.record(tx, actor, 'grant.give', { type: resourceType, id: resourceId }, values);
      return given;
    });
    await this.tell(em, grant);
    return grant;
  }

  async findGrant(em: EntityManager, id: string): Promise<Grant> {
    const grant = isId(id) ? await em.findOne(Grant, id) : null;
    if (!grant) throw notFound('Grant');
    return grant;
  }

  async revokePermission(em: EntityManager, grant: Grant, actor: Actor): Promise<void> {
    const { id, userId, groupId, resourceType, resourceId, permission } = grant;
    await em.transactional(async (tx) => {
      await tx.nativeDelete(Grant, { id });
      const details = { userId, groupId, permission };
      await this.audit.record(tx, actor, 'grant.take', { type: resourceType, id: resourceId }, details);
    });
    await this.tell(em, grant);
  }

  /** Grants on one resource, oldest first. */
  async grantsOn(
    em: EntityManager,
    resourceType: string,
    resourceId: string,
    page: PageArguments,
  ): Promise<Connection<Grant>> {
    for (const [name, text] of Object.entries({ resourceType, resourceId })) {
      const problem = textProblem(text, { max: 64 });
      if (problem) throw badUserInput({ [name]: `${name} ${problem}.` });
    }
    const request = pageRequest('grants', page);
    const id = sortValue(request, isId);
    const rows = await em.find(
      Grant,
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
    if (groupId && !(isId(groupId) && (await tx.count(Group, { id: groupId })))) throw notFound('Group');
  }

  /** Everybody concerned is asked about again, here and in all other processes. */
  private async tell(em: EntityManager, { userId, groupId }: Grant): Promise<void> {
    const rows = groupId
      ? await em.execute<{ user_id: string }[]>('select user_id from identity.group_members where group_id = ?', [
          groupId,
        ])
      : [{ user_id: userId! }];
    for (const row of rows) this.grants.forget(row.user_id);
    await this.access.grantsChanged(rows.map((row) => row.user_id));
  }
}

/** Ids that are UUIDs mean the same in capitals; others are taken as they are. */
const canonicalId = (id: string): string => (isId(id) ? id.toLowerCase() : id);
