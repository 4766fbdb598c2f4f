/** Logging in somewhere else, as clients see it. */
import { IsOpaque } from '@chat/kit/graphql/text';
import { Field, ID, InputType, ObjectType } from 'type-graphql';

@ObjectType({ description: 'Somebody else who can say who people are (OpenID Connect, OAuth 2).' })
export class IdentityProvider {
  @Field(() => ID, { description: 'For `beginProviderLogin`.' })
  id!: string;

  @Field({ description: 'What to write on the button.' })
  name!: string;
}

@ObjectType({ description: 'A login at a provider that has begun. It has ten minutes.' })
export class ProviderLogin {
  @Field({ description: 'Where to send the person.' })
  authorizationUrl!: string;

  @Field({
    description:
      'Comes back with the person. Keep it, compare it, and give it to `completeProviderLogin`, where it works once.',
  })
  state!: string;
}

@InputType({ description: 'What came back from a provider.' })
export class CompleteProviderLoginInput {
  @Field(() => ID, { description: 'The one that the login was begun with.' })
  provider!: string;

  @IsOpaque()
  @Field({ description: 'The parameter `code` of the address that the person came back to.' })
  code!: string;

  @IsOpaque({ max: 256 })
  @Field({ description: 'The parameter `state` of that address.' })
  state!: string;

  @IsOpaque({ max: 2048 })
  @Field(() => String, {
    nullable: true,
    description:
      'The parameter `iss` of that address, if it has one (RFC 9207): then it must be the issuer of the provider. Always pass it on.',
  })
  iss?: string | null;
}
