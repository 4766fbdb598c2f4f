/** API keys in the graph. */
import { Field, ID, ObjectType } from 'type-graphql';
import { Permission } from '../permissions/role';

@ObjectType({ description: 'A secret with which a program acts for an account, within a scope.' })
export class ApiKey {
  @Field(() => ID, { description: 'For `revokeApiKey`.' })
  id!: string;

  @Field({ description: "Its owner's name for it." })
  name!: string;

  @Field(() => [Permission], { description: 'Its scope: permissions that it has as long as its account has them.' })
  permissions!: Permission[];

  @Field({ description: 'Time of creation.' })
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'Time of expiry; absent if it does not expire.' })
  expiresAt!: Date | null;

  @Field(() => Date, { nullable: true, description: 'Time of last use, to the minute; absent if it was never used.' })
  lastUsedAt!: Date | null;
}

@ObjectType({ description: 'A new API key with its secret, which is shown only once.' })
export class CreatedApiKey {
  @Field({
    description: 'Send it as `Authorization: Bearer …`. Only its hash is stored, so it cannot be shown again.',
  })
  secret!: string;

  @Field(() => ApiKey, { description: 'The key as lists show it.' })
  apiKey!: ApiKey;
}
