/** Inputs of the mutations that register, log in, and change an account. */
import { IsOpaque, IsText } from '@chat/kit/graphql/text';
import { FurtherChecks } from '@chat/kit/graphql/wrong-fields';
import { Field, InputType } from 'type-graphql';
import type { IdentityContext } from '../context';
import { Role } from '../permissions/role';
import { DISPLAY_NAME_MAX, IsUsername } from '../users/username';
import { IsMailAddress, MAIL_ADDRESS_MAX } from '../users/mail-address';
import { IsAvatarUrl } from './avatar-url';
import { IsLocale } from './locale';

@FurtherChecks((input: RegisterInput, { em, services }: IdentityContext) => services.accounts.checkAccount(em, input))
@InputType({ description: 'A new account.' })
export class RegisterInput {
  @IsUsername()
  @Field({
    description:
      '2 to 32 letters, digits, dots, hyphens and underscores. CONFLICT if it is taken, without regard to case.',
  })
  username!: string;

  @IsMailAddress()
  @Field({
    description:
      'For logins and mails. It belongs to the account once it is confirmed: see `requestEmailConfirmation`.',
  })
  email!: string;

  @IsOpaque()
  @Field({
    description:
      'At least 8 characters (a setting may demand more), at most 72 bytes, and not one of the most common passwords.',
  })
  password!: string;

  @IsText({ max: DISPLAY_NAME_MAX })
  @Field(() => String, { nullable: true, description: 'Up to 64 characters. Default: the username.' })
  displayName?: string | null;

  @IsOpaque({ max: 256 })
  @Field(() => String, {
    nullable: true,
    description: 'The token of an invitation. It decides the role, and admits an account even if registration is off.',
  })
  invitation?: string | null;
}

@FurtherChecks((input: CreateUserInput, { em, services }: IdentityContext) => services.creator.checkUser(em, input))
@InputType({ description: 'A new account, by an administrator.' })
export class CreateUserInput {
  @IsUsername()
  @Field({ description: '2 to 32 letters, digits, dots, hyphens and underscores. CONFLICT if it is taken.' })
  username!: string;

  @IsMailAddress()
  @Field(() => String, { nullable: true, description: 'For logins and mails. Required without a password.' })
  email?: string | null;

  @IsOpaque()
  @Field(() => String, {
    nullable: true,
    description:
      'As in `register`. Without it, the account gets a mail with a link that sets one, valid for seven days.',
  })
  password?: string | null;

  @IsText({ max: DISPLAY_NAME_MAX })
  @Field(() => String, { nullable: true, description: 'Up to 64 characters. Default: the username.' })
  displayName?: string | null;

  @Field(() => Role, { nullable: true, description: 'Any role except GUEST. Default: USER.' })
  role?: Role | null;

  @IsLocale()
  @Field(() => String, {
    nullable: true,
    description: "Language of the account and its mails (BCP 47), such as de-AT. Absent: the client's choice.",
  })
  locale?: string | null;
}

@InputType({ description: 'The credentials of a login.' })
export class LoginInput {
  @IsText({ max: MAIL_ADDRESS_MAX })
  @Field({ description: 'Username or e-mail address, without regard to case.' })
  identifier!: string;

  @IsOpaque({ max: 1024 })
  @Field({ description: 'The password.' })
  password!: string;
}

@InputType({ description: "Changes to the viewer's own account. Absent members stay as they are." })
export class UpdateProfileInput {
  @IsText({ max: DISPLAY_NAME_MAX })
  @Field(() => String, { nullable: true, description: 'The name that others see, 1 to 64 characters.' })
  displayName?: string | null;

  @IsLocale()
  @Field(() => String, {
    nullable: true,
    description: 'Language tag (BCP 47), such as de-AT. Null leaves the choice to clients.',
  })
  locale?: string | null;

  @IsOpaque({ max: 2048 })
  @IsAvatarUrl()
  @Field(() => String, {
    nullable: true,
    description:
      'Address of a picture: https, without user name and password, at most 2048 characters. Null removes the picture.',
  })
  avatarUrl?: string | null;
}

@InputType({ description: 'A new password for the viewer.' })
export class ChangePasswordInput {
  @IsOpaque({ max: 1024 })
  @Field({ description: 'BAD_USER_INPUT if it is wrong, RATE_LIMITED after too many wrong ones.' })
  currentPassword!: string;

  @IsOpaque()
  @Field({ description: 'At least 8 characters, at most 72 bytes, and not one of the most common passwords.' })
  newPassword!: string;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether the account's API keys are revoked as well. Default: false.",
  })
  endApiKeys?: boolean | null;
}

@InputType({ description: "A new e-mail address for the viewer's account." })
export class ChangeEmailInput {
  @IsMailAddress()
  @Field({ description: 'The new address. It replaces the old one once it is confirmed.' })
  email!: string;

  @IsOpaque({ max: 1024 })
  @Field({ description: 'BAD_USER_INPUT if it is wrong, RATE_LIMITED after too many wrong ones.' })
  currentPassword!: string;
}

@InputType({ description: 'A new password, authorised by a mailed token.' })
export class ResetPasswordInput {
  @IsOpaque()
  @Field({ description: 'The token from the mail. It works once, within an hour.' })
  token!: string;

  @IsOpaque()
  @Field({ description: 'At least 8 characters, at most 72 bytes, and not one of the most common passwords.' })
  newPassword!: string;
}
