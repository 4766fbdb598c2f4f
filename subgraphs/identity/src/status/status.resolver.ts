/** The status text of accounts: the field and the mutations. */
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { IdentityContext } from '../context';
import type { UserEntity } from '../users/user.entity';
import { User } from '../users/user.type';
import { SetStatusInput } from './status.input';
import { statusOf } from './status.service';
import { UserStatus } from './status.type';

@Resolver(() => User)
export class StatusResolver {
  @Mutation(() => User, {
    description: "Replaces the viewer's status. `presenceChanged` announces it. BAD_USER_INPUT names the fields.",
  })
  setStatus(
    @Arg('input', () => SetStatusInput, { description: 'The status.' }) input: SetStatusInput,
    @Ctx() { em, services, viewer }: IdentityContext,
  ): Promise<UserEntity> {
    return services.statuses.setStatus(em, viewer!.id, input);
  }

  @Mutation(() => User, { description: "Clears the viewer's status. No effect if there is none." })
  clearStatus(@Ctx() { em, services, viewer }: IdentityContext): Promise<UserEntity> {
    return services.statuses.clearStatus(em, viewer!.id);
  }

  @FieldResolver(() => UserStatus, {
    nullable: true,
    description: 'Its status text; absent if there is none, or if it has expired.',
  })
  status(@Root() user: UserEntity): UserStatus | null {
    return statusOf(user);
  }
}
