/** What clients send to register and to log in. */
import { IsOpaque, IsText } from '@chat/kit/graphql/text';
import { Field, InputType } from 'type-graphql';
import { IsMailAddress, MAIL_ADDRESS_MAX } from '../users/mail-address';

export const DISPLAY_NAME_MAX = 64;

@InputType({ description: 'A new account.' })
export class RegisterInput {
  @IsText({ min: 0, max: 64 })
  @Field({
    description: '2 to 32 letters, digits, dots, hyphens and underscores. CONFLICT where it is taken in any case.',
  })
  username!: string;

  @IsMailAddress()
  @Field({
    description:
      "To log in by, and for mails. It is the account's own once it is confirmed: see `requestEmailConfirmation`.",
  })
  email!: string;

  @IsOpaque()
  @Field({
    description:
      'At least 8 characters, at most 72 bytes, and none that attackers try first. What is accepted may be stricter by setting.',
  })
  password!: string;

  @IsText({ max: DISPLAY_NAME_MAX })
  @Field(() => String, { nullable: true, description: 'Up to 64 characters; the username where it is absent.' })
  displayName?: string | null;
}

@InputType({ description: 'Who wants to log in.' })
export class LoginInput {
  @IsText({ max: MAIL_ADDRESS_MAX })
  @Field({ description: 'Username or e-mail address, in any case.' })
  identifier!: string;

  @IsOpaque({ max: 1024 })
  @Field({ description: 'The password.' })
  password!: string;
}

@InputType({ description: 'What the viewer changes about its own account; what is absent stays.' })
export class UpdateProfileInput {
  @IsText({ max: DISPLAY_NAME_MAX })
  @Field(() => String, { nullable: true, description: 'The name that others read, 1 to 64 characters.' })
  displayName?: string | null;

  @IsText({ min: 0, max: 100 })
  @Field(() => String, {
    nullable: true,
    description: 'Language tag (BCP 47), such as de-AT; null lets clients decide.',
  })
  locale?: string | null;
}

@InputType({ description: 'A new password for the viewer.' })
export class ChangePasswordInput {
  @IsOpaque({ max: 1024 })
  @Field({ description: 'BAD_USER_INPUT where it is wrong, RATE_LIMITED after too many wrong ones.' })
  currentPassword!: string;

  @IsOpaque()
  @Field({ description: 'At least 8 characters, at most 72 bytes, and none that attackers try first.' })
  newPassword!: string;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether the account's API keys end with the old password. They stay if it is absent.",
  })
  endApiKeys?: boolean | null;
}

@InputType({ description: 'A new password for whoever received the mail.' })
export class ResetPasswordInput {
  @IsOpaque()
  @Field({ description: 'From the mail. It works once, for an hour.' })
  token!: string;

  @IsOpaque()
  @Field({ description: 'At least 8 characters, at most 72 bytes, and none that attackers try first.' })
  newPassword!: string;
}

@InputType({ description: 'An account for a program. It has no password and acts by API keys.' })
export class CreateServiceAccountInput {
  @IsText({ min: 0, max: 64 })
  @Field({ description: '2 to 32 letters, digits, dots, hyphens and underscores. CONFLICT where it is taken.' })
  username!: string;

  @IsText({ max: DISPLAY_NAME_MAX })
  @Field(() => String, { nullable: true, description: 'Up to 64 characters; the username where it is absent.' })
  displayName?: string | null;
}
