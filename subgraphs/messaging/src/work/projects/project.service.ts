/** Creates, changes and lists projects. Tickets are in tickets/. */
import { recordAct, type AuditAct } from '@chat/identity-client/audit/audit';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict, notFound } from '@chat/kit/errors';
import {
  foreignCursor,
  pageRequest,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { isId, newId } from '@chat/kit/ids';
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import { knownAccounts } from '../../channels/known-accounts';
import { ProjectMemberEntity } from './project-member.entity';
import { ProjectEntity } from './project.entity';
import type { CreateProjectInput, UpdateProjectInput } from './project.input';

export const projectEntities = [ProjectEntity, ProjectMemberEntity];

/** The maximum number of members of a project. */
export const PROJECT_MEMBERS_MAX = 500;

export class ProjectService {
  /** @throws CONFLICT if the key is taken */
  async createProject(em: EntityManager, userId: string, input: CreateProjectInput): Promise<ProjectEntity> {
    const key = input.key.toUpperCase();
    const createdAt = new Date();
    try {
      return await em.transactional(async (tx) => {
        const project = tx.create(ProjectEntity, {
          id: newId(),
          key,
          name: input.name.trim(),
          description: input.description?.trim() || null,
          lastNumber: 0,
          createdBy: userId,
          createdAt,
        });
        await tx.persist(project).flush();
        await tx.persist(tx.create(ProjectMemberEntity, { projectId: project.id, userId, addedAt: createdAt })).flush();
        return project;
      });
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException)
        throw conflict(`The key ${key} is taken.`, { fields: { key: `The key ${key} is taken.` } });
      throw error;
    }
  }

  /** @throws NOT_FOUND if the project no longer exists */
  async updateProject(em: EntityManager, { id, name, description }: UpdateProjectInput): Promise<ProjectEntity> {
    return em.transactional(async (tx) => {
      const project = await tx.findOne(ProjectEntity, { id });
      if (!project) throw notFound('Project');
      if (name != null) project.name = name.trim();
      if (description !== undefined) project.description = description?.trim() || null;
      await recordAct(tx, projectAct('project.update', id));
      return project;
    });
  }

  /** No effect on members. @throws BAD_USER_INPUT if an account does not exist or the project would have too many members */
  async addProjectMembers(em: EntityManager, projectId: string, userIds: readonly string[]): Promise<void> {
    if (userIds.length === 0) return;
    const tooMany = () => badUserInput({ userIds: `A project has at most ${PROJECT_MEMBERS_MAX} members.` });
    if (userIds.length > PROJECT_MEMBERS_MAX) throw tooMany();
    const people = await knownAccounts(em, 'userIds', userIds);
    await em.transactional(async (tx) => {
      await tx.execute('select 1 from messaging.projects where id = ? for update', [projectId]);
      await tx.execute(
        `insert into messaging.project_members (project_id, user_id, added_at)
         select ?, user_id, now() from unnest(array[?]::uuid[]) user_id on conflict do nothing`,
        [projectId, people],
      );
      const [row] = await tx.execute<{ count: string }[]>(
        'select count(*) from messaging.project_members where project_id = ?',
        [projectId],
      );
      if (Number(row!.count) > PROJECT_MEMBERS_MAX) throw tooMany();
      await recordAct(tx, projectAct('project.add-members', projectId, { userIds: people }));
    });
  }

  /** No effect if the account is not a member. */
  async removeProjectMember(em: EntityManager, projectId: string, userId: string): Promise<void> {
    if (!isId(userId)) return;
    await em.transactional(async (tx) => {
      await tx.execute('select 1 from messaging.projects where id = ? for update', [projectId]);
      if ((await tx.nativeDelete(ProjectMemberEntity, { projectId, userId })) > 0)
        await recordAct(tx, projectAct('project.remove-member', projectId, { userId }));
    });
  }

  /** The projects with these ids, or all projects if one id is `*`; sorted by key. */
  async projects(em: EntityManager, ids: readonly string[], page: PageArguments): Promise<Connection<ProjectEntity>> {
    const request = pageRequest('projects', page);
    if (request.from && typeof request.from[0] !== 'string') throw foreignCursor(request);
    const [comparison, direction] = request.isBackward ? ['<', 'desc'] : ['>', 'asc'];
    const isAll = ids.includes('*');
    const named = ids.filter(isId);
    const which = isAll ? 'true' : named.length > 0 ? 'id in (?)' : 'false';
    const rows = await em.execute<Record<string, unknown>[]>(
      `select * from messaging.projects where ${which} ${request.from ? `and key ${comparison} ?` : ''}
       order by key ${direction} limit ?`,
      [...(which === 'id in (?)' ? [named] : []), ...(request.from ?? []), request.limit],
    );
    const projects = rows.map((row) => em.map(ProjectEntity, row));
    return toConnection('projects', request, projects, (project) => [project.key]);
  }
}

const projectAct = (action: string, targetId: string, details: Record<string, unknown> = {}): AuditAct => ({
  action,
  targetType: 'Project',
  targetId,
  details,
});
