/** Mutations that assign and revoke built-in roles. */
import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { IdentityContext } from '../context';
import { Role } from '../permissions/role';
import type { UserEntity } from '../users/user.entity';
import { User } from '../users/user.type';

@Resolver()
export class RoleResolver {
  @Mutation(() => User, {
    description: 'Gives an account a role. No effect if it has the role already. A guest becomes a user.',
  })
  assignRole(
    @Arg('userId', () => ID, { description: 'Id of the account. NOT_FOUND if there is none.' }) userId: string,
    @Arg('role', () => Role, { description: 'Any role except GUEST.' }) role: Role,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<UserEntity> {
    return services.roles.assignRole(em, userId, role);
  }

  @Mutation(() => User, {
    description:
      "Takes a role from an account. CONFLICT if it is the account's last role, or ADMIN of the last administrator.",
  })
  revokeRole(
    @Arg('userId', () => ID, { description: 'Id of the account. NOT_FOUND if there is none.' }) userId: string,
    @Arg('role', () => Role, { description: 'The role. No effect if the account does not have it.' }) role: Role,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<UserEntity> {
    return services.roles.revokeRole(em, userId, role);
  }
}
