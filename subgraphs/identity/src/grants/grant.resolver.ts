/** Permissions on single resources: the list, grants and revocations. */
import { notFound } from '@chat/kit/errors';
import { pageArgumentDescriptions as page, type Connection } from '@chat/kit/graphql/connection';
import { textArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { IdentityContext } from '../context';
import type { GroupEntity } from '../groups/group.entity';
import { Group } from '../groups/group.type';
import type { LoadedUser } from '../users/user.loader';
import { User } from '../users/user.type';
import type { GrantEntity } from './grant.entity';
import { GrantGroupPermissionInput, GrantPermissionInput } from './grant.input';
import { mayRevoke } from './grant.policy';
import { Grant, GrantConnection } from './grant.type';

@Resolver(() => Grant)
export class GrantResolver {
  @Query(() => GrantConnection, { description: 'All grants on one resource, oldest first.' })
  grants(
    @Arg('resourceType', () => String, {
      validateFn: textArgument('resourceType', { min: 0, max: 64 }),
      description: 'Name of its type in this graph.',
    })
    resourceType: string,
    @Arg('resourceId', () => ID, { description: 'Id of the resource, or * for grants on all resources of the type.' })
    resourceId: string,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before: string | null,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<Connection<GrantEntity>> {
    return services.grants.grantsOn(em, resourceType, resourceId, { first, after, last, before });
  }

  @Mutation(() => Grant, {
    description: 'Gives an account a permission on one resource. FORBIDDEN unless the viewer manages that resource.',
  })
  grantPermission(
    @Arg('input', () => GrantPermissionInput, { description: 'The account, the resource and the permission.' })
    input: GrantPermissionInput,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<GrantEntity> {
    return services.grants.grantPermission(em, input);
  }

  @Mutation(() => Grant, {
    description:
      'Gives the members of a group a permission on one resource. FORBIDDEN unless the viewer manages that resource.',
  })
  grantGroupPermission(
    @Arg('input', () => GrantGroupPermissionInput, { description: 'The group, the resource and the permission.' })
    input: GrantGroupPermissionInput,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<GrantEntity> {
    return services.grants.grantPermission(em, input);
  }

  @Mutation(() => Boolean, { description: 'Revokes a grant. NOT_FOUND unless the viewer manages its resource.' })
  async revokePermission(
    @Arg('id', () => ID, { description: 'Id of the grant.' }) id: string,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    const { em, services } = context;
    const grant = await services.grants.findGrant(em, id);
    if (!(await mayRevoke(context, grant))) throw notFound('Grant');
    await services.grants.revokePermission(em, grant);
    return true;
  }

  @FieldResolver(() => User)
  user(@Root() { userId }: GrantEntity, @Ctx() { loaders }: IdentityContext): Promise<LoadedUser | null> | null {
    return userId ? loaders.user.load(userId) : null;
  }

  @FieldResolver(() => Group)
  group(@Root() { groupId }: GrantEntity, @Ctx() { loaders }: IdentityContext): Promise<GroupEntity | null> | null {
    return groupId ? loaders.group.load(groupId) : null;
  }
}
