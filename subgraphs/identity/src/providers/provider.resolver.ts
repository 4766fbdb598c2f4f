/** Logins at external providers. */
import { textArgument } from '@chat/kit/graphql/text';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { IdentityContext } from '../context';
import { Authentication } from '../sessions/authentication.type';
import type { OpenSession } from '../sessions/session.service';
import { CompleteProviderLoginInput, IdentityProvider, ProviderLogin } from './provider.type';

@Resolver()
export class ProviderResolver {
  @Directive(assumedSize(5))
  @Query(() => [IdentityProvider], { description: 'The login providers of this installation.' })
  identityProviders(@Ctx() { services }: IdentityContext): IdentityProvider[] {
    return services.providers.identityProviders();
  }

  @Mutation(() => ProviderLogin, {
    description:
      'Starts a login at a provider. NOT_FOUND if it is unknown, SERVICE_UNAVAILABLE if it does not respond.',
  })
  beginProviderLogin(
    @Arg('provider', () => ID, { description: 'Id of the provider, from `identityProviders`.' }) provider: string,
    @Arg('redirectUri', () => String, {
      validateFn: textArgument('redirectUri', { min: 0, max: 4096 }),
      description: 'The address that the provider redirects to. The provider must accept it.',
    })
    redirectUri: string,
    @Ctx() { em, services, client }: IdentityContext,
  ): Promise<ProviderLogin> {
    return services.providers.beginProviderLogin(em, provider, redirectUri, client);
  }

  @Mutation(() => Authentication, {
    description:
      'Completes a login at a provider. Finds the account by the e-mail address that the provider has verified, or creates one. UNAUTHENTICATED if the state or code is invalid or has expired.',
  })
  async completeProviderLogin(
    @Arg('input', () => CompleteProviderLoginInput, { description: 'The parameters of the redirect.' })
    input: CompleteProviderLoginInput,
    @Ctx() { em, services, client, enter }: IdentityContext,
  ): Promise<OpenSession> {
    return enter(await services.providers.completeProviderLogin(em, input, client));
  }
}
