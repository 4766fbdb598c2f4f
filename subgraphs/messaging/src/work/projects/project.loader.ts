/** Loads projects for one viewer. All projects that the viewer might not be allowed to see are loaded here. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import { ProjectMemberEntity } from './project-member.entity';
import { ProjectEntity } from './project.entity';
import { canRead } from './project.rules';

export class ProjectLoader {
  private readonly projects: DataLoader<string, ProjectEntity | null>;
  private readonly members: DataLoader<string, ProjectMemberEntity[]>;

  constructor(
    em: () => EntityManager,
    private readonly viewer: Viewer | null,
    private readonly grants: Grants,
  ) {
    this.projects = new DataLoader(async (ids) => {
      const found = await em().find(ProjectEntity, { id: { $in: [...ids] } });
      const byId = new Map(found.map((project) => [project.id, project]));
      return ids.map((id) => byId.get(id) ?? null);
    });
    this.members = new DataLoader(async (projectIds) => {
      const found = await em().find(
        ProjectMemberEntity,
        { projectId: { $in: [...projectIds] } },
        { orderBy: { addedAt: 'asc', userId: 'asc' } },
      );
      const byProject = Map.groupBy(found, (member) => member.projectId);
      return projectIds.map((id) => byProject.get(id) ?? []);
    });
  }

  /** Null if the project does not exist or the viewer may not see it. */
  async accessProject(id: string): Promise<ProjectEntity | null> {
    if (!isId(id)) return null;
    const resource = { type: 'Project', id: id.toLowerCase() };
    const isOpen = canRead(this.viewer) || (await this.grants.can(this.viewer, 'READ', resource));
    return isOpen ? this.projects.load(resource.id) : null;
  }

  /** The project of an object that the viewer has already received. */
  async projectOf({ projectId }: { projectId: string }): Promise<ProjectEntity> {
    return (await this.projects.load(projectId))!;
  }

  /** The members of a project that the viewer may see, in the order of joining. */
  membersOf(projectId: string): Promise<ProjectMemberEntity[]> {
    return this.members.load(projectId);
  }

  /** Clears the cache after a change. */
  clear(id: string): void {
    this.projects.clear(id.toLowerCase());
    this.members.clear(id.toLowerCase());
  }
}
