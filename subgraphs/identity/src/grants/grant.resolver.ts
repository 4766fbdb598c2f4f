/** Permissions on single resources. */
import { textArgument } from '@chat/kit/graphql/text';
import { notFound } from '@chat/kit/errors';
import { pageArgumentDescriptions as page, type Connection } from '@chat/kit/graphql/connection';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { actorOf } from '../audit/actor';
import type { IdentityContext } from '../context';
import { Group } from '../groups/group.type';
import type { UserEntity } from '../users/user.entity';
import { User } from '../users/user.type';
import { mayRevoke } from './grant.policy';
import { Grant, GrantConnection, GrantGroupPermissionInput, GrantPermissionInput } from './grant.type';

@Resolver(() => Grant)
export class GrantResolver {
  @Query(() => GrantConnection, { description: 'Who was given what on one resource, oldest first.' })
  grants(
    @Arg('resourceType', () => String, {
      validateFn: textArgument('resourceType', { min: 0, max: 64 }),
      description: 'Name of its type in this graph.',
    })
    resourceType: string,
    @Arg('resourceId', () => ID, { description: 'Of the resource, or * for what is given on all of the type.' })
    resourceId: string,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before: string | null,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<Connection<Grant>> {
    return services.grants.grantsOn(em, resourceType, resourceId, { first, after, last, before });
  }

  @Mutation(() => Grant, {
    description: 'Allows an account something on one resource. FORBIDDEN unless the viewer manages that resource.',
  })
  grantPermission(
    @Arg('input', () => GrantPermissionInput, { description: 'Who may what.' }) input: GrantPermissionInput,
    @Ctx() context: IdentityContext,
  ): Promise<Grant> {
    return context.services.grants.grantPermission(context.em, input, actorOf(context));
  }

  @Mutation(() => Grant, {
    description: 'Allows the members of a group something on one resource. FORBIDDEN unless the viewer manages it.',
  })
  grantGroupPermission(
    @Arg('input', () => GrantGroupPermissionInput, { description: 'Who may what.' }) input: GrantGroupPermissionInput,
    @Ctx() context: IdentityContext,
  ): Promise<Grant> {
    return context.services.grants.grantPermission(context.em, input, actorOf(context));
  }

  @Mutation(() => Boolean, { description: 'Takes a grant back. NOT_FOUND unless the viewer manages its resource.' })
  async revokePermission(
    @Arg('id', () => ID, { description: 'Of the grant.' }) id: string,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    const { em, services } = context;
    const grant = await services.grants.findGrant(em, id);
    if (!(await mayRevoke(context, grant))) throw notFound('Grant');
    await services.grants.revokePermission(em, grant, actorOf(context));
    return true;
  }

  @FieldResolver(() => User)
  user(@Root() { userId }: Grant, @Ctx() { loaders }: IdentityContext): Promise<UserEntity | null> | null {
    return userId ? loaders.user.load(userId) : null;
  }

  @FieldResolver(() => Group)
  group(@Root() { groupId }: Grant, @Ctx() { loaders }: IdentityContext): Promise<Group | null> | null {
    return groupId ? loaders.group.load(groupId) : null;
  }
}
