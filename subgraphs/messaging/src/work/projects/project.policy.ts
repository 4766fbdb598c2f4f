/** Who may see, make and change projects (project.rules.ts has the questions). What the viewer may not see is NOT_FOUND. */
import type { Permission } from '@chat/identity-client/access/grants';
import { forbidden, notFound } from '@chat/kit/errors';
import { rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { MessagingContext } from '../../context';
import type { ProjectEntity } from './project.entity';
import { canManage, canRead, canWrite } from './project.rules';

/** Names the project that a rule is about. */
type ProjectArguments = { id?: string; projectId?: string; input?: { id?: string; projectId?: string } };

const projectIdOf = ({ id, projectId, input }: ProjectArguments): string =>
  projectId ?? input?.projectId ?? id ?? input?.id ?? '';

type Check = (context: MessagingContext, project: ProjectEntity) => true | string | Promise<true | string>;

/** Whether the viewer was granted this on the project, and so on its tickets; administrators are granted everything. */
export const isGrantedOn = (
  { grants, viewer }: MessagingContext,
  permission: Permission,
  { id }: Pick<ProjectEntity, 'id'>,
): Promise<boolean> => grants.can(viewer, permission, { type: 'Project', id });

/** A rule about the project that the arguments (or the reference) name: NOT_FOUND first, then `check`, which gives a reason or true. */
export const inProject = (name: string, check: Check) =>
  rule<MessagingContext, ProjectArguments, ProjectArguments | undefined>(name, async (context, args, parent) => {
    const project = await context.loaders.project.accessProject(projectIdOf(args) || projectIdOf(parent ?? {}));
    if (!project) return notFound('Project');
    const verdict = await check(context, project);
    return verdict === true || forbidden(verdict);
  });

export const readsProjects = rule<MessagingContext>(
  'is no guest, or was let at some project',
  async ({ viewer, grants }) => canRead(viewer) || (await grants.ids(viewer, 'READ', 'Project')).length > 0,
);

const writesProjects = rule<MessagingContext>('is no guest and may write', ({ viewer }) => canWrite(viewer));

export const seesProject = inProject('sees the project', () => true);

const managesProject = inProject(
  'created the project, was let manage it, or is an administrator',
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
