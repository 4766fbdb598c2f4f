/** Custom roles, for administrators. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, ID, Mutation, Query, Resolver } from 'type-graphql';
import { actorOf } from '../audit/actor';
import type { IdentityContext } from '../context';
import type { UserEntity } from '../users/user.entity';
import { User } from '../users/user.type';
import { CreateCustomRoleInput, CustomRole, UpdateCustomRoleInput } from './custom-role.type';

@Resolver(() => CustomRole)
export class CustomRoleResolver {
  @Directive(assumedSize(20))
  @Query(() => [CustomRole], { description: 'All custom roles, by name.' })
  customRoles(@Ctx() { em, services }: IdentityContext): Promise<CustomRole[]> {
    return services.customRoles.customRoles(em);
  }

  @Mutation(() => CustomRole, { description: 'Makes a custom role.' })
  createCustomRole(
    @Arg('input', () => CreateCustomRoleInput, { description: 'The role.' }) input: CreateCustomRoleInput,
    @Ctx() context: IdentityContext,
  ): Promise<CustomRole> {
    return context.services.customRoles.createCustomRole(context.em, input, actorOf(context));
  }

  @Mutation(() => CustomRole, { description: 'Changes a custom role for everybody who has it.' })
  updateCustomRole(
    @Arg('input', () => UpdateCustomRoleInput, { description: 'The changes.' }) input: UpdateCustomRoleInput,
    @Ctx() context: IdentityContext,
  ): Promise<CustomRole> {
    return context.services.customRoles.updateCustomRole(context.em, input, actorOf(context));
  }

  @Mutation(() => Boolean, { description: 'Takes a custom role from everybody and removes it.' })
  async deleteCustomRole(
    @Arg('id', () => ID, { description: 'Of the role. NOT_FOUND where there is none.' }) id: string,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    await context.services.customRoles.deleteCustomRole(context.em, id, actorOf(context));
    return true;
  }

  @Mutation(() => User, { description: 'Gives an account a custom role; nothing happens where it has it.' })
  assignCustomRole(
    @Arg('userId', () => ID, { description: 'Of the account. NOT_FOUND where there is none.' }) userId: string,
    @Arg('customRoleId', () => ID, { description: 'Of the role. NOT_FOUND where there is none.' }) roleId: string,
    @Ctx() context: IdentityContext,
  ): Promise<UserEntity> {
    return context.services.customRoles.assignCustomRole(context.em, userId, roleId, actorOf(context));
  }

  @Mutation(() => User, { description: 'Takes a custom role from an account.' })
  revokeCustomRole(
    @Arg('userId', () => ID, { description: 'Of the account. NOT_FOUND where there is none.' }) userId: string,
    @Arg('customRoleId', () => ID, { description: 'Of the role. NOT_FOUND where there is none.' }) roleId: string,
    @Ctx() context: IdentityContext,
  ): Promise<UserEntity> {
    return context.services.customRoles.revokeCustomRole(context.em, userId, roleId, actorOf(context));
  }
}
