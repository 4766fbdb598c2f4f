/** Groups and their members: visible to all logged-in accounts, changed by administrators. */
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { IdentityContext } from '../context';
import type { GroupEntity } from './group.entity';
import { CreateGroupInput } from './group.input';
import type { MemberPage } from './group.service';
import { Group, GroupMemberConnection } from './group.type';

const GROUP_ID = 'Id of the group. NOT_FOUND if there is none.';

@Resolver(() => Group)
export class GroupResolver {
  @Directive(assumedSize(50))
  @Query(() => [Group], { description: 'All groups, sorted by name.' })
  groups(@Ctx() { em, services }: IdentityContext): Promise<GroupEntity[]> {
    return services.groups.groups(em);
  }

  @FieldResolver(() => GroupMemberConnection, { description: 'Its members, sorted by username.' })
  members(
    @Root() group: GroupEntity,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before: string | null,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<MemberPage> {
    return services.groups.members(em, group.id, { first, after, last, before });
  }

  @Mutation(() => Group, {
    description: 'Creates a group. CONFLICT if an account or a group has the name, or a name that looks like it.',
  })
  createGroup(
    @Arg('input', () => CreateGroupInput, { description: 'The group.' }) input: CreateGroupInput,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<GroupEntity> {
    return services.groups.createGroup(em, input);
  }

  @Mutation(() => Boolean, { description: 'Deletes a group and its grants.' })
  async deleteGroup(
    @Arg('id', () => ID, { description: GROUP_ID }) id: string,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<boolean> {
    await services.groups.deleteGroup(em, id);
    return true;
  }

  @Mutation(() => Group, { description: 'Adds accounts to a group. No effect for accounts that are members already.' })
  addGroupMembers(
    @Arg('id', () => ID, { description: GROUP_ID }) id: string,
    @Arg('userIds', () => [ID], { description: 'At most 100 ids. NOT_FOUND if one does not exist.' }) userIds: string[],
    @Ctx() { em, services }: IdentityContext,
  ): Promise<GroupEntity> {
    return services.groups.addGroupMembers(em, id, userIds);
  }

  @Mutation(() => Group, { description: 'Removes accounts from a group.' })
  removeGroupMembers(
    @Arg('id', () => ID, { description: GROUP_ID }) id: string,
    @Arg('userIds', () => [ID], { description: 'Ids of members. Ids of other accounts are skipped.' })
    userIds: string[],
    @Ctx() { em, services }: IdentityContext,
  ): Promise<GroupEntity> {
    return services.groups.removeGroupMembers(em, id, userIds);
  }
}

@Resolver(() => GroupMemberConnection)
export class GroupMemberConnectionResolver {
  @FieldResolver()
  totalCount(@Root() { groupId }: MemberPage, @Ctx() { em, services }: IdentityContext): Promise<number> {
    return services.groups.countMembers(em, groupId);
  }
}
