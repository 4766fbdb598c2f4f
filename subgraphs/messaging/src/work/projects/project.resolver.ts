/** Resolvers of projects. */
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
    description: 'A project. NOT_FOUND if it does not exist, and for guests without a grant.',
  })
  project(
    @Arg('id', () => ID, { description: 'The project.' }) id: string,
    @Ctx() context: MessagingContext,
  ): Promise<ProjectEntity> {
    return access(context, id);
  }

  @Query(() => ProjectConnection, {
    description:
      'All projects, sorted by key. Guests see the projects granted to them, and FORBIDDEN if there are none.',
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

  @FieldResolver(() => User, { nullable: true, description: 'The creator; null if the account no longer exists.' })
  creator(@Root() { createdBy }: ProjectEntity): User {
    return { id: createdBy };
  }

  @Directive(assumedSize(20))
  @FieldResolver(() => [ProjectMember], {
    description: `The members, at most ${PROJECT_MEMBERS_MAX}, in the order of joining.`,
  })
  async members(@Root() { id }: ProjectEntity, @Ctx() { loaders }: MessagingContext): Promise<ProjectMember[]> {
    const members = await loaders.project.membersOf(id);
    return members.map(({ userId, addedAt }) => ({ user: { id: userId }, addedAt }));
  }

  @Mutation(() => Project, {
    description: 'Creates a project; the viewer becomes its first member. CONFLICT if the key is taken.',
  })
  createProject(
    @Arg('input', () => CreateProjectInput, { description: 'The project.' }) input: CreateProjectInput,
    @Ctx() context: MessagingContext,
  ): Promise<ProjectEntity> {
    return context.services.projects.createProject(context.em, viewerOf(context).id, input);
  }

  @Mutation(() => Project, { description: 'Changes a project. Requires its creator or an administrator.' })
  updateProject(
    @Arg('input', () => UpdateProjectInput, { description: 'The changes.' }) input: UpdateProjectInput,
    @Ctx() { em, services }: MessagingContext,
  ): Promise<ProjectEntity> {
    return services.projects.updateProject(em, input);
  }

  @Mutation(() => Project, {
    description: 'Adds members, who may change the tickets of the project. Requires its creator or an administrator.',
  })
  async addProjectMembers(
    @Arg('projectId', () => ID, { description: 'The project.' }) projectId: string,
    @Arg('userIds', () => [ID], { description: `The accounts. A project has at most ${PROJECT_MEMBERS_MAX} members.` })
    userIds: string[],
    @Ctx() context: MessagingContext,
  ): Promise<ProjectEntity> {
    await context.services.projects.addProjectMembers(context.em, projectId, userIds);
    context.loaders.project.clear(projectId);
    return access(context, projectId);
  }

  @Mutation(() => Project, {
    description: 'Removes a member of the project. Requires its creator or an administrator.',
  })
  async removeProjectMember(
    @Arg('projectId', () => ID, { description: 'The project.' }) projectId: string,
    @Arg('userId', () => ID, { description: 'The account. No effect if it is not a member.' }) userId: string,
    @Ctx() context: MessagingContext,
  ): Promise<ProjectEntity> {
    await context.services.projects.removeProjectMember(context.em, projectId, userId);
    context.loaders.project.clear(projectId);
    return access(context, projectId);
  }
}
