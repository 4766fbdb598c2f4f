/** The input of createInvitation. */
import { FurtherChecks } from '@chat/kit/graphql/wrong-fields';
import { Max, Min } from 'class-validator';
import { Field, InputType, Int } from 'type-graphql';
import { IsLocale } from '../accounts/locale';
import type { IdentityContext } from '../context';
import { Role } from '../permissions/role';
import { IsMailAddress } from '../users/mail-address';

/** Limit of the accounts that one invitation admits. */
const MAX_USES = 1000;

@FurtherChecks((input: CreateInvitationInput, { services }: IdentityContext) =>
  services.invitations.checkInvitation(input),
)
@InputType({ description: 'A new invitation.' })
export class CreateInvitationInput {
  @Field(() => Role, {
    nullable: true,
    description: 'The role of the accounts, any except GUEST. Default: USER.',
  })
  role?: Role | null;

  @IsMailAddress()
  @Field(() => String, {
    nullable: true,
    description:
      'Mails the link to this address. Only an account with this address can then be registered, and only one.',
  })
  email?: string | null;

  @IsLocale()
  @Field(() => String, {
    nullable: true,
    description: 'Language of the mail (BCP 47): German for de, otherwise English.',
  })
  locale?: string | null;

  @Min(1)
  @Max(MAX_USES)
  @Field(() => Int, {
    nullable: true,
    description: `Number of accounts that can be registered with it, 1 to ${MAX_USES}. Default: 1.`,
  })
  maxUses?: number | null;

  @Field(() => Date, {
    nullable: true,
    description: 'Time of expiry, at most 90 days ahead. Default: in seven days.',
  })
  expiresAt?: Date | null;
}
