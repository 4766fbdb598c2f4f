/** Groups: seen by everybody who is logged in, as they can be mentioned; changed by administrators. */
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { actorOf } from '../audit/actor';
import type { IdentityContext } from '../context';
import type { MemberPage } from './group.service';
import { CreateGroupInput, Group, GroupMemberConnection } from './group.type';

@Resolver(() => Group)
export class GroupResolver {
  @Directive(assumedSize(50))
  @Query(() => [Group], { description: 'All groups, by name.' })
  groups(@Ctx() { em, services }: IdentityContext): Promise<Group[]> {
    return services.groups.groups(em);
  }

  @FieldResolver(() => GroupMemberConnection, { description: 'Its members, sorted by username.' })
  members(
    @Root() group: Group,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before: string | null,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<MemberPage> {
    return services.groups.members(em, group.id, { first, after, last, before });
  }

  @Mutation(() => Group, {
    description: 'Makes a group. CONFLICT where an account or a group has the name, or one that looks like it.',
  })
  createGroup(
    @Arg('input', () => CreateGroupInput, { description: 'The group.' }) input: CreateGroupInput,
    @Ctx() context: IdentityContext,
  ): Promise<Group> {
    return context.services.groups.createGroup(context.em, input, actorOf(context));
  }

  @Mutation(() => Boolean, { description: 'Removes a group and what was granted to it.' })
  async deleteGroup(
    @Arg('id', () => ID, { description: 'Of the group. NOT_FOUND where there is none.' }) id: string,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    await context.services.groups.deleteGroup(context.em, id, actorOf(context));
    return true;
  }

  @Mutation(() => Group, { description: 'Adds accounts to a group; those that are in it stay.' })
  addGroupMembers(
    @Arg('id', () => ID, { description: 'Of the group. NOT_FOUND where there is none.' }) id: string,
    @Arg('userIds', () => [ID], { description: 'At most 100. NOT_FOUND where one does not exist.' }) userIds: string[],
    @Ctx() context: IdentityContext,
  ): Promise<Group> {
    return context.services.groups.addGroupMembers(context.em, id, userIds, actorOf(context));
  }

  @Mutation(() => Group, { description: 'Takes accounts out of a group.' })
  removeGroupMembers(
    @Arg('id', () => ID, { description: 'Of the group. NOT_FOUND where there is none.' }) id: string,
    @Arg('userIds', () => [ID], { description: 'Those that are not in it are passed over.' }) userIds: string[],
    @Ctx() context: IdentityContext,
  ): Promise<Group> {
    return context.services.groups.removeGroupMembers(context.em, id, userIds, actorOf(context));
  }
}

@Resolver(() => GroupMemberConnection)
export class GroupMemberConnectionResolver {
  @FieldResolver()
  totalCount(@Root() { groupId }: MemberPage, @Ctx() { em, services }: IdentityContext): Promise<number> {
    return services.groups.countMembers(em, groupId);
  }
}
