/** Mutations that register accounts and log in. */
import { textArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { IdentityContext } from '../context';
import { Authentication } from '../sessions/authentication.type';
import type { OpenSession } from '../sessions/session.service';
import { DISPLAY_NAME_MAX } from '../users/username';
import type { UserEntity } from '../users/user.entity';
import { User } from '../users/user.type';
import { CreateUserInput, LoginInput, RegisterInput } from './account.input';

@Resolver()
export class AccountResolver {
  @Mutation(() => Authentication, {
    description:
      'Creates an account and logs it in. BAD_USER_INPUT and CONFLICT name the fields. FORBIDDEN if registration is off and no invitation is given.',
  })
  async register(
    @Arg('input', () => RegisterInput, { description: 'The account.' }) input: RegisterInput,
    @Ctx() { em, services, client, enter }: IdentityContext,
  ): Promise<OpenSession> {
    return enter(await services.accounts.register(em, input, client));
  }

  @Mutation(() => User, {
    description:
      'Creates an account for another person. For administrators. BAD_USER_INPUT and CONFLICT name the fields.',
  })
  createUser(
    @Arg('input', () => CreateUserInput, { description: 'The account.' }) input: CreateUserInput,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<UserEntity> {
    return services.creator.createUser(em, input);
  }

  @Mutation(() => Authentication, {
    description:
      'Logs in. UNAUTHENTICATED if the name or the password is wrong, without telling which. RATE_LIMITED after too many failures.',
  })
  async login(
    @Arg('input', () => LoginInput, { description: 'Name and password.' }) input: LoginInput,
    @Ctx() { em, services, client, enter }: IdentityContext,
  ): Promise<OpenSession> {
    return enter(await services.accounts.login(em, input, client));
  }

  @Mutation(() => Authentication, {
    description: 'Opens a session for a guest without an account. FORBIDDEN if guests are off.',
  })
  async loginAsGuest(
    @Arg('displayName', () => String, {
      validateFn: textArgument('displayName', { max: DISPLAY_NAME_MAX }),
      description: 'The name that others see, 1 to 64 characters.',
    })
    displayName: string,
    @Ctx() { em, services, client, enter }: IdentityContext,
  ): Promise<OpenSession> {
    return enter(await services.accounts.loginAsGuest(em, displayName, client));
  }
}
