/** Inputs of the mutations that register, log in, and change an account. */
import { IsOpaque, IsText } from '@chat/kit/graphql/text';
import { Field, InputType } from 'type-graphql';
import { DISPLAY_NAME_MAX } from '../users/username';
import { IsMailAddress, MAIL_ADDRESS_MAX } from '../users/mail-address';

@InputType({ description: 'A new account.' })
export class RegisterInput {
  @IsText({ min: 0, max: 64 })
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

  @IsText({ min: 0, max: 100 })
  @Field(() => String, {
    nullable: true,
    description: 'Language tag (BCP 47), such as de-AT. Null leaves the choice to clients.',
  })
  locale?: string | null;
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

@InputType({ description: 'A new password, authorised by a mailed token.' })
export class ResetPasswordInput {
  @IsOpaque()
  @Field({ description: 'The token from the mail. It works once, within an hour.' })
  token!: string;

  @IsOpaque()
  @Field({ description: 'At least 8 characters, at most 72 bytes, and not one of the most common passwords.' })
  newPassword!: string;
}
