/** What clients send to register and to log in. */
import { IsText } from '@chat/kit/graphql/text';
import { IsEmail, MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';

/** In characters; RFC 5321's path limit. */
const EMAIL_MAX = 254;
export const DISPLAY_NAME_MAX = 64;

@InputType({ description: 'A new account.' })
export class RegisterInput {
  @Field({
    description: '2 to 32 letters, digits, dots, hyphens and underscores. CONFLICT where it is taken in any case.',
  })
  username!: string;

  @IsEmail({}, { message: 'email must be an e-mail address' })
  @MaxLength(EMAIL_MAX)
  @Field({ description: 'CONFLICT where another account has it.' })
  email!: string;

  @Field({ description: 'At least 8 characters, at most 72 bytes, and none that attackers try first.' })
  password!: string;

  @IsText({ max: DISPLAY_NAME_MAX })
  @Field(() => String, { nullable: true, description: 'Up to 64 characters; the username where it is absent.' })
  displayName?: string | null;
}

@InputType({ description: 'Who wants to log in.' })
export class LoginInput {
  @IsText({ max: EMAIL_MAX })
  @Field({ description: 'Username or e-mail address, in any case.' })
  identifier!: string;

  @MaxLength(1024)
  @Field({ description: 'The password.' })
  password!: string;
}
