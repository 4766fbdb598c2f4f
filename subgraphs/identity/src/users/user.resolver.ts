/** Queries for accounts. */
import { textArgument } from '@chat/kit/graphql/text';
import { pageArgumentDescriptions as page } from '@chat/kit/graphql/connection';
import { notFound, unauthenticated } from '@chat/kit/errors';
import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import type { IdentityContext } from '../context';
import { Permission, permissionsOf } from '../permissions/role';
import type { LoadedUser } from './user.loader';
import type { UserPage } from './user.service';
import { User, UserConnection } from './user.type';

@Resolver(() => User)
export class UserResolver {
  @Query(() => User, { description: "The viewer's account. UNAUTHENTICATED without a token." })
  async me(@Ctx() { viewer, loaders }: IdentityContext): Promise<LoadedUser> {
    const user = await loaders.user.load(viewer!.id);
    if (!user) throw unauthenticated('This account no longer exists.');
    return user;
  }

  @Query(() => User, { nullable: true, description: 'One account. NOT_FOUND if there is none with this id.' })
  async user(
    @Arg('id', () => ID, { description: 'Id of the account.' }) id: string,
    @Ctx() { loaders }: IdentityContext,
  ): Promise<LoadedUser> {
    const user = await loaders.user.load(id);
    if (!user) throw notFound('User');
    return user;
  }

  @Query(() => UserConnection, {
    description: 'Accounts, sorted by username. Without `search`, the assistant is left out.',
  })
  users(
    @Arg('search', () => String, {
      validateFn: textArgument('search', { min: 0, max: 1000, isSearch: true }),
      nullable: true,
      description: 'Part of the username or display name, without regard to case, up to 100 characters.',
    })
    search: string | null,
    @Arg('first', () => Int, { nullable: true, description: page.first }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: page.after }) after: string | null,
    @Arg('last', () => Int, { nullable: true, description: page.last }) last: number | null,
    @Arg('before', () => String, { nullable: true, description: page.before }) before: string | null,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<UserPage> {
    return services.users.users(em, search, { first, after, last, before });
  }

  @FieldResolver()
  async permissions(@Root() user: LoadedUser, @Ctx() { loaders }: IdentityContext): Promise<Permission[]> {
    return permissionsOf(user.roles, await loaders.customPermissions.load(user.id));
  }
}

@Resolver(() => UserConnection)
export class UserConnectionResolver {
  @FieldResolver()
  totalCount(@Root() { search }: UserPage, @Ctx() { em, services }: IdentityContext): Promise<number> {
    return services.users.countUsers(em, search);
  }
}
