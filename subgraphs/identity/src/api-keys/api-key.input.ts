/** Inputs of the mutations on API keys and service accounts. */
import { IsText } from '@chat/kit/graphql/text';
import { FurtherChecks } from '@chat/kit/graphql/wrong-fields';
import { Field, ID, InputType } from 'type-graphql';
import type { IdentityContext } from '../context';
import { Permission } from '../permissions/role';
import { DISPLAY_NAME_MAX, IsUsername } from '../users/username';

@FurtherChecks((input: CreateApiKeyInput, { em, services, viewer }: IdentityContext) =>
  services.apiKeys.checkApiKey(em, input, viewer!),
)
@InputType({ description: 'A new API key.' })
export class CreateApiKeyInput {
  @IsText({ max: 64 })
  @Field({ description: 'Its purpose, up to 64 characters.' })
  name!: string;

  @Field(() => [Permission], {
    description: 'Its scope: at least one permission, and only those that its account has.',
  })
  permissions!: Permission[];

  @Field(() => Date, {
    nullable: true,
    description: 'Time of expiry, in the future. Without it, the key does not expire.',
  })
  expiresAt?: Date | null;

  @Field(() => ID, {
    nullable: true,
    description: 'Id of a service account as the owner (administrators only). Default: the viewer.',
  })
  userId?: string | null;
}

@InputType({ description: 'An account for a program. It has no password and acts through API keys.' })
export class CreateServiceAccountInput {
  @IsUsername()
  @Field({ description: '2 to 32 letters, digits, dots, hyphens and underscores. CONFLICT if it is taken.' })
  username!: string;

  @IsText({ max: DISPLAY_NAME_MAX })
  @Field(() => String, { nullable: true, description: 'Up to 64 characters. Default: the username.' })
  displayName?: string | null;
}
