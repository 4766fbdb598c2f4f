/** What an account changes about itself, and what administrators change about accounts. */
import { opaqueArgument, textArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import { actorOf } from '../audit/actor';
import type { IdentityContext } from '../context';
import type { UserEntity } from '../users/user.entity';
import { User } from '../users/user.type';
import {
  ChangePasswordInput,
  CreateServiceAccountInput,
  ResetPasswordInput,
  UpdateProfileInput,
} from './account.input';

@Resolver()
export class ProfileResolver {
  @Mutation(() => User, { description: "Changes the viewer's own profile. BAD_USER_INPUT names the fields." })
  updateProfile(
    @Arg('input', () => UpdateProfileInput, { description: 'What changes.' }) input: UpdateProfileInput,
    @Ctx() context: IdentityContext,
  ): Promise<UserEntity> {
    return context.services.profiles.updateProfile(context.em, input, actorOf(context));
  }

  @Mutation(() => Boolean, {
    description:
      "Changes the viewer's password and ends all its other sessions, and its API keys if that is asked for.",
  })
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'The old and the new one.' }) input: ChangePasswordInput,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    await context.services.passwords.changePassword(context.em, input, actorOf(context));
    return true;
  }

  @Mutation(() => Boolean, {
    description:
      'Sends a mail by which a new password can be set, if the address has an account; five an hour at most. Always true.',
  })
  async requestPasswordReset(
    @Arg('email', () => String, {
      validateFn: textArgument('email', { min: 0, max: 1000 }),
      description: 'Of the account, in any case.',
    })
    email: string,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    await context.services.passwords.requestPasswordReset(context.em, email, actorOf(context));
    return true;
  }

  @Mutation(() => Boolean, {
    description: 'Sets a new password by a mailed token and ends all sessions and API keys of the account.',
  })
  async resetPassword(
    @Arg('input', () => ResetPasswordInput, { description: 'The token and the new password.' })
    input: ResetPasswordInput,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    await context.services.passwords.resetPassword(context.em, input, actorOf(context));
    return true;
  }

  @Mutation(() => Boolean, {
    description:
      'Sends a mail by which the viewer confirms its e-mail address, unless it has done so; five an hour at most. Always true.',
  })
  async requestEmailConfirmation(@Ctx() context: IdentityContext): Promise<boolean> {
    await context.services.emails.requestEmailConfirmation(context.em, actorOf(context));
    return true;
  }

  @Mutation(() => Boolean, {
    description:
      "Confirms the e-mail address of an account by a mailed token. CONFLICT if the address is another account's by now.",
  })
  async confirmEmail(
    @Arg('token', () => String, {
      validateFn: opaqueArgument('token'),
      description: 'From the mail. It works once, for a day.',
    })
    token: string,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    await context.services.emails.confirmEmail(context.em, token, actorOf(context));
    return true;
  }

  @Mutation(() => User, {
    description:
      'Ends everything that an account has open and lets it in no more. CONFLICT for the last administrator.',
  })
  async deactivateUser(
    @Arg('id', () => ID, { description: 'Of the account.' }) id: string,
    @Ctx() context: IdentityContext,
  ): Promise<UserEntity> {
    return context.services.standing.deactivateUser(context.em, id, actorOf(context));
  }

  @Mutation(() => User, { description: 'Lets a deactivated account log in again.' })
  async reactivateUser(
    @Arg('id', () => ID, { description: 'Of the account.' }) id: string,
    @Ctx() context: IdentityContext,
  ): Promise<UserEntity> {
    return context.services.standing.reactivateUser(context.em, id, actorOf(context));
  }

  @Mutation(() => Boolean, {
    description:
      'Deletes an account for good: the viewer\'s own, or any for administrators. What it wrote stays, by "Deleted account". CONFLICT for the last administrator.',
  })
  async deleteUser(
    @Arg('id', () => ID, { description: 'Of the account.' }) id: string,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    await context.services.standing.deleteUser(context.em, id, actorOf(context));
    return true;
  }

  @Mutation(() => User, { description: 'Makes an account for a program. CONFLICT where the name is taken.' })
  async createServiceAccount(
    @Arg('input', () => CreateServiceAccountInput, { description: 'The account.' }) input: CreateServiceAccountInput,
    @Ctx() context: IdentityContext,
  ): Promise<UserEntity> {
    return context.services.apiKeys.createServiceAccount(context.em, input, actorOf(context));
  }
}
