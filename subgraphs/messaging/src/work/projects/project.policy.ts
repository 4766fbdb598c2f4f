/** Rules for projects, from project.rules.ts. A project that the viewer may not see is NOT_FOUND. */
import type { Permission } from '@chat/identity-client/access/grants';
import { forbidden, notFound } from '@chat/kit/errors';
import { rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { MessagingContext } from '../../context';
import type { ProjectEntity } from './project.entity';
import { canManage, canRead, canWrite } from './project.rules';

/** The arguments that hold a project's id. */
type ProjectArguments = { id?: string; projectId?: string; input?: { id?: string; projectId?: string } };

const projectIdOf = ({ id, projectId, input }: ProjectArguments): string =>
  projectId ?? input?.projectId ?? id ?? input?.id ?? '';

type Check = (context: MessagingContext, project: ProjectEntity) => true | string | Promise<true | string>;

/** Whether the viewer has this permission on the project and its tickets by a grant. Administrators have all permissions. */
export const isGrantedOn = (
  { grants, viewer }: MessagingContext,
  permission: Permission,
  { id }: Pick<ProjectEntity, 'id'>,
): Promise<boolean> => grants.can(viewer, permission, { type: 'Project', id });

/** A rule about the project in the arguments or the reference. NOT_FOUND comes first; `check` returns true or the reason for a refusal. */
export const inProject = (name: string, check: Check) =>
  rule<MessagingContext, ProjectArguments, ProjectArguments | undefined>(name, async (context, args, parent) => {
    const project = await context.loaders.project.accessProject(projectIdOf(args) || projectIdOf(parent ?? {}));
    if (!project) return notFound('Project');
    const verdict = await check(context, project);
    return verdict === true || forbidden(verdict);
  });

export const readsProjects = rule<MessagingContext>(
  'is not a guest, or has a grant on a project',
  async ({ viewer, grants }) => canRead(viewer) || (await grants.ids(viewer, 'READ', 'Project')).length > 0,
);

const writesProjects = rule<MessagingContext>('is no guest and may write', ({ viewer }) => canWrite(viewer));

export const seesProject = inProject('sees the project', () => true);

const managesProject = inProject(
  'created the project, manages it by a grant, or is an administrator',
  async (context, project) =>
    canManage(context.viewer, project) ||
    (await isGrantedOn(context, 'MANAGE', project)) ||
    'Only its creator and administrators change a project.',
);

export const projectPolicy: Policy = {
  fields: {
    Query: { project: seesProject, projects: readsProjects },
    Mutation: {
      createProject: writesProjects,
      updateProject: managesProject,
      addProjectMembers: managesProject,
      removeProjectMember: managesProject,
    },
    Project: withParent('id', 'key', 'name', 'description', 'creator', 'members', 'createdAt'),
    ProjectMember: withParent('user', 'addedAt'),
  },
  references: { Project: seesProject },
};
