/** Logins at external providers, in the graph. */
import { IsOpaque } from '@chat/kit/graphql/text';
import { Field, ID, InputType, ObjectType } from 'type-graphql';

@ObjectType({ description: 'An external login provider (OpenID Connect or OAuth 2).' })
export class IdentityProvider {
  @Field(() => ID, { description: 'For `beginProviderLogin`.' })
  id!: string;

  @Field({ description: 'The label of its login button.' })
  name!: string;
}

@ObjectType({ description: 'A pending login at a provider. It expires after ten minutes.' })
export class ProviderLogin {
  @Field({ description: 'The address to which the client redirects the person.' })
  authorizationUrl!: string;

  @Field({
    description:
      'Comes back with the redirect. Store it, compare it, and pass it to `completeProviderLogin`, which accepts it once.',
  })
  state!: string;
}

@InputType({ description: 'The parameters of the redirect from a provider.' })
export class CompleteProviderLoginInput {
  @Field(() => ID, { description: 'Id of the provider at which the login was started.' })
  provider!: string;

  @IsOpaque()
  @Field({ description: 'The parameter `code` of the redirect.' })
  code!: string;

  @IsOpaque({ max: 256 })
  @Field({ description: 'The parameter `state` of the redirect.' })
  state!: string;

  @IsOpaque({ max: 2048 })
  @Field(() => String, {
    nullable: true,
    description:
      "The parameter `iss` of the redirect (RFC 9207), if it has one; it must match the provider's issuer. Always pass it on: if the provider always sends it, its absence is refused.",
  })
  iss?: string | null;
}
