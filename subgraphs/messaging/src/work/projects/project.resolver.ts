/** Projects in the graph. */
import { notFound } from '@chat/kit/errors';
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { viewerOf } from '@chat/kit/graphql/context';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { MessagingContext } from '../../context';
import { User } from '../../users/user.type';
import type { ProjectEntity } from './project.entity';
import { CreateProjectInput, UpdateProjectInput } from './project.input';
import { canRead } from './project.rules';
import { PROJECT_MEMBERS_MAX } from './project.service';
import { Project, ProjectConnection, ProjectMember } from './project.type';

/** @throws NOT_FOUND */
async function access({ loaders }: MessagingContext, id: string): Promise<ProjectEntity> {
  const project = await loaders.project.accessProject(id);
  if (!project) throw notFound('Project');
  return project;
}

@Resolver(() => Project)
export class ProjectResolver {
  @Query(() => Project, {
    description: 'One project. NOT_FOUND where there is none with this id, and for guests without a grant.',
  })
  project(
    @Arg('id', () => ID, { description: 'Which project.' }) id: string,
    @Ctx() context: MessagingContext,
  ): Promise<ProjectEntity> {
    return access(context, id);
  }

  @Query(() => ProjectConnection, {
    description: 'All projects, by key; for guests those that they were granted, and FORBIDDEN where there is none.',
  })
  async projects(
    @Ctx() context: MessagingContext,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first?: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after?: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last?: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before?: string | null,
  ) {
    const { em, services, viewer, grants } = context;
    const ids = canRead(viewer) ? ['*'] : await grants.ids(viewer, 'READ', 'Project');
    return services.projects.projects(em, ids, { first, after, last, before });
  }

  @FieldResolver(() => User, { nullable: true, description: 'Who made it; null where the account no longer exists.' })
  creator(@Root() { createdBy }: ProjectEntity): User {
    return { id: createdBy };
  }

  @Directive(assumedSize(20))
  @FieldResolver(() => [ProjectMember], {
    description: `Who works on it, at most ${PROJECT_MEMBERS_MAX}, in the order in which they were added.`,
  })
  async members(@Root() { id }: ProjectEntity, @Ctx() { loaders }: MessagingContext): Promise<ProjectMember[]> {
    const members = await loaders.project.membersOf(id);
    return members.map(({ userId, addedAt }) => ({ user: { id: userId }, addedAt }));
  }

  @Mutation(() => Project, {
    description: 'Makes a project; the viewer is its first member. CONFLICT where the key is taken.',
  })
  createProject(
    @Arg('input', () => CreateProjectInput, { description: 'The project.' }) input: CreateProjectInput,
    @Ctx() context: MessagingContext,
  ): Promise<ProjectEntity> {
    return context.services.projects.createProject(context.em, viewerOf(context).id, input);
  }

  @Mutation(() => Project, { description: 'Changes a project; for its creator and administrators.' })
  updateProject(
    @Arg('input', () => UpdateProjectInput, { description: 'What to change.' }) input: UpdateProjectInput,
    @Ctx() { em, services }: MessagingContext,
  ): Promise<ProjectEntity> {
    return services.projects.updateProject(em, input);
  }

  @Mutation(() => Project, {
    description:
      'Adds accounts to those who work on the project and change its tickets; for its creator and administrators.',
  })
  async addProjectMembers(
    @Arg('projectId', () => ID, { description: 'Which project.' }) projectId: string,
    @Arg('userIds', () => [ID], { description: `The accounts. A project has at most ${PROJECT_MEMBERS_MAX} members.` })
    userIds: string[],
    @Ctx() context: MessagingContext,
  ): Promise<ProjectEntity> {
    await context.services.projects.addProjectMembers(context.em, projectId, userIds);
    context.loaders.project.clear(projectId);
    return access(context, projectId);
  }

  @Mutation(() => Project, {
    description: 'Takes an account from those who work on the project; for its creator and administrators.',
  })
  async removeProjectMember(
    @Arg('projectId', () => ID, { description: 'Which project.' }) projectId: string,
    @Arg('userId', () => ID, { description: 'Whom. Nothing happens where it is no member.' }) userId: string,
    @Ctx() context: MessagingContext,
  ): Promise<ProjectEntity> {
    await context.services.projects.removeProjectMember(context.em, projectId, userId);
    context.loaders.project.clear(projectId);
    return access(context, projectId);
  }
}
