/** Mutations on roles. */
import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../audit/actor';
import type { IdentityContext } from '../context';
import type { UserEntity } from '../users/user.entity';
import { User } from '../users/user.type';
import { Role } from './role';

@Resolver()
export class RoleResolver {
  @Mutation(() => User, {
    description: 'Gives an account a role; nothing happens where it has it. A guest becomes a user by it.',
  })
  assignRole(
    @Arg('userId', () => ID, { description: 'Of the account. NOT_FOUND where there is none.' }) userId: string,
    @Arg('role', () => Role, { description: 'Not GUEST.' }) role: Role,
    @Ctx() context: IdentityContext,
  ): Promise<UserEntity> {
    return context.services.roles.assignRole(context.em, userId, role, actorOf(context));
  }

  @Mutation(() => User, {
    description: "Takes a role. CONFLICT where it is the account's last one, or ADMIN of the last administrator.",
  })
  revokeRole(
    @Arg('userId', () => ID, { description: 'Of the account. NOT_FOUND where there is none.' }) userId: string,
    @Arg('role', () => Role, { description: 'Nothing happens where the account does not have it.' }) role: Role,
    @Ctx() context: IdentityContext,
  ): Promise<UserEntity> {
    return context.services.roles.revokeRole(context.em, userId, role, actorOf(context));
  }
}
