/** Custom roles: the list and the mutations, for administrators. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { IdentityContext } from '../context';
import type { UserEntity } from '../users/user.entity';
import { User } from '../users/user.type';
import type { CustomRoleEntity } from './custom-role.entity';
import { CreateCustomRoleInput, UpdateCustomRoleInput } from './custom-role.input';
import { CustomRole } from './custom-role.type';

const ACCOUNT_ID = 'Id of the account. NOT_FOUND if there is none.';
const ROLE_ID = 'Id of the role. NOT_FOUND if there is none.';

@Resolver(() => CustomRole)
export class CustomRoleResolver {
  @Directive(assumedSize(20))
  @Query(() => [CustomRole], { description: 'All custom roles, sorted by name.' })
  customRoles(@Ctx() { em, services }: IdentityContext): Promise<CustomRoleEntity[]> {
    return services.customRoles.customRoles(em);
  }

  @Mutation(() => CustomRole, { description: 'Creates a custom role.' })
  createCustomRole(
    @Arg('input', () => CreateCustomRoleInput, { description: 'The role.' }) input: CreateCustomRoleInput,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<CustomRoleEntity> {
    return services.customRoles.createCustomRole(em, input);
  }

  @Mutation(() => CustomRole, { description: 'Changes a custom role for all its members.' })
  updateCustomRole(
    @Arg('input', () => UpdateCustomRoleInput, { description: 'The changes.' }) input: UpdateCustomRoleInput,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<CustomRoleEntity> {
    return services.customRoles.updateCustomRole(em, input);
  }

  @Mutation(() => Boolean, { description: 'Takes a custom role from all its members and deletes it.' })
  async deleteCustomRole(
    @Arg('id', () => ID, { description: ROLE_ID }) id: string,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<boolean> {
    await services.customRoles.deleteCustomRole(em, id);
    return true;
  }

  @Mutation(() => User, { description: 'Gives an account a custom role. No effect if it has the role already.' })
  assignCustomRole(
    @Arg('userId', () => ID, { description: ACCOUNT_ID }) userId: string,
    @Arg('customRoleId', () => ID, { description: ROLE_ID }) roleId: string,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<UserEntity> {
    return services.customRoles.assignCustomRole(em, userId, roleId);
  }

  @Mutation(() => User, { description: 'Takes a custom role from an account.' })
  revokeCustomRole(
    @Arg('userId', () => ID, { description: ACCOUNT_ID }) userId: string,
    @Arg('customRoleId', () => ID, { description: ROLE_ID }) roleId: string,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<UserEntity> {
    return services.customRoles.revokeCustomRole(em, userId, roleId);
  }
}
