/** Ways into the installation. */
import { textArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../audit/actor';
import type { IdentityContext } from '../context';
import type { OpenSession } from '../sessions/session.service';
import { Authentication } from '../sessions/authentication.type';
import { LoginInput, RegisterInput } from './account.input';

@Resolver()
export class AccountResolver {
  @Mutation(() => Authentication, {
    description:
      'Makes an account and logs it in. BAD_USER_INPUT and CONFLICT name the fields; FORBIDDEN where registration is off.',
  })
  async register(
    @Arg('input', () => RegisterInput, { description: 'The account.' }) input: RegisterInput,
    @Ctx() context: IdentityContext,
  ): Promise<OpenSession> {
    return context.enter(await context.services.accounts.register(context.em, input, actorOf(context)));
  }

  @Mutation(() => Authentication, {
    description:
      'Logs in. UNAUTHENTICATED where the name or the password is wrong; it does not say which. RATE_LIMITED after too many wrong ones.',
  })
  async login(
    @Arg('input', () => LoginInput, { description: 'Name and password.' }) input: LoginInput,
    @Ctx() context: IdentityContext,
  ): Promise<OpenSession> {
    return context.enter(await context.services.accounts.login(context.em, input, actorOf(context)));
  }

  @Mutation(() => Authentication, {
    description: 'Lets somebody in without an account. FORBIDDEN where guests are off.',
  })
  async loginAsGuest(
    @Arg('displayName', () => String, {
      validateFn: textArgument('displayName', { max: 64 }),
      description: 'The name that others read, 1 to 64 characters.',
    })
    displayName: string,
    @Ctx() context: IdentityContext,
  ): Promise<OpenSession> {
    return context.enter(await context.services.accounts.loginAsGuest(context.em, displayName, actorOf(context)));
  }
}
