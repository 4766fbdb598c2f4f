/** Mutations on existing accounts: profile, password, e-mail address, and standing. */
import { opaqueArgument, textArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { IdentityContext } from '../context';
import type { UserEntity } from '../users/user.entity';
import { User } from '../users/user.type';
import { ChangeEmailInput, ChangePasswordInput, ResetPasswordInput, UpdateProfileInput } from './account.input';

@Resolver()
export class ProfileResolver {
  @Mutation(() => User, { description: "Changes the viewer's profile. BAD_USER_INPUT names the fields." })
  updateProfile(
    @Arg('input', () => UpdateProfileInput, { description: 'The changes.' }) input: UpdateProfileInput,
    @Ctx() context: IdentityContext,
  ): Promise<UserEntity> {
    return context.services.profiles.updateProfile(context.em, context.viewer!.id, input);
  }

  @Mutation(() => Boolean, {
    description: "Changes the viewer's password and ends all its other sessions. Revokes its API keys if requested.",
  })
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'The old and the new password.' })
    input: ChangePasswordInput,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    const { em, services, viewer, client } = context;
    await services.passwords.changePassword(em, input, viewer!, client.address);
    return true;
  }

  @Mutation(() => Boolean, {
    description:
      'Mails a link for a new password if the address has an account, at most five times an hour. Always true.',
  })
  async requestPasswordReset(
    @Arg('email', () => String, {
      validateFn: textArgument('email', { min: 0, max: 1000 }),
      description: 'E-mail address of the account, without regard to case.',
    })
    email: string,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    await context.services.passwords.requestPasswordReset(context.em, email, context.client.address);
    return true;
  }

  @Mutation(() => Boolean, {
    description: 'Sets a new password with a mailed token. Ends all sessions of the account and revokes its API keys.',
  })
  async resetPassword(
    @Arg('input', () => ResetPasswordInput, { description: 'The token and the new password.' })
    input: ResetPasswordInput,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    await context.services.passwords.resetPassword(context.em, input);
    return true;
  }

  @Mutation(() => Boolean, {
    description:
      "Mails a link that confirms the viewer's e-mail address, unless it is confirmed; at most five times an hour. Always true.",
  })
  async requestEmailConfirmation(@Ctx() context: IdentityContext): Promise<boolean> {
    await context.services.emails.requestEmailConfirmation(context.em, context.viewer!.id);
    return true;
  }

  @Mutation(() => Boolean, {
    description:
      "Mails a link to a new address of the viewer's account, and a notice to the old one; at most five times an hour. `confirmEmail` with the mailed token makes the change. Always true, whether or not the address has an account.",
  })
  async changeEmail(
    @Arg('input', () => ChangeEmailInput, { description: 'The new address and the password.' })
    input: ChangeEmailInput,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    const { em, services, viewer, client } = context;
    await services.emails.changeEmail(em, viewer!.id, input, client.address);
    return true;
  }

  @Mutation(() => Boolean, {
    description:
      'Confirms the e-mail address of an account, or changes it, with a mailed token. CONFLICT if another account owns the address by now.',
  })
  async confirmEmail(
    @Arg('token', () => String, {
      validateFn: opaqueArgument('token'),
      description: 'The token from the mail. It works once, within a day.',
    })
    token: string,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    await context.services.emails.confirmEmail(context.em, token);
    return true;
  }

  @Mutation(() => User, {
    description:
      'Ends all sessions and API keys of an account and refuses new ones. CONFLICT for the last administrator.',
  })
  async deactivateUser(
    @Arg('id', () => ID, { description: 'Id of the account.' }) id: string,
    @Ctx() context: IdentityContext,
  ): Promise<UserEntity> {
    return context.services.standing.deactivateUser(context.em, id);
  }

  @Mutation(() => User, { description: 'Allows a deactivated account to log in again.' })
  async reactivateUser(
    @Arg('id', () => ID, { description: 'Id of the account.' }) id: string,
    @Ctx() context: IdentityContext,
  ): Promise<UserEntity> {
    return context.services.standing.reactivateUser(context.em, id);
  }

  @Mutation(() => Boolean, {
    description:
      'Deletes an account permanently: the viewer\'s own, or any account if by an administrator. Its content stays, under the name "Deleted account". CONFLICT for the last administrator.',
  })
  async deleteUser(
    @Arg('id', () => ID, { description: 'Id of the account.' }) id: string,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    await context.services.standing.deleteUser(context.em, id);
    return true;
  }
}
