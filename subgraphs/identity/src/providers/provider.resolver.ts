/** Logging in somewhere else. */
import { textArgument } from '@chat/kit/graphql/text';
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Arg, Ctx, Directive, ID, Mutation, Query, Resolver } from 'type-graphql';
import { actorOf } from '../audit/actor';
import type { IdentityContext } from '../context';
import { Authentication } from '../sessions/authentication.type';
import type { OpenSession } from '../sessions/session.service';
import { CompleteProviderLoginInput, IdentityProvider, ProviderLogin } from './provider.type';

@Resolver()
export class ProviderResolver {
  @Directive(assumedSize(5))
  @Query(() => [IdentityProvider], { description: 'Where else one can log in, as this installation is configured.' })
  identityProviders(@Ctx() { services }: IdentityContext): IdentityProvider[] {
    return services.providers.identityProviders();
  }

  @Mutation(() => ProviderLogin, {
    description: 'Begins a login at a provider. NOT_FOUND for an unknown one, SERVICE_UNAVAILABLE where it is away.',
  })
  beginProviderLogin(
    @Arg('provider', () => ID, { description: 'From `identityProviders`.' }) provider: string,
    @Arg('redirectUri', () => String, {
      validateFn: textArgument('redirectUri', { min: 0, max: 4096 }),
      description: 'Where the provider sends the person back to; it must know it.',
    })
    redirectUri: string,
    @Ctx() context: IdentityContext,
  ): Promise<ProviderLogin> {
    const { em, services } = context;
    return services.providers.beginProviderLogin(em, provider, redirectUri, actorOf(context));
  }

  @Mutation(() => Authentication, {
    description:
      'Logs in whom the provider has confirmed. An account is found by the e-mail address that the provider has verified, or made. UNAUTHENTICATED on a state or code that is not valid (any more).',
  })
  async completeProviderLogin(
    @Arg('input', () => CompleteProviderLoginInput, { description: 'What came back.' })
    input: CompleteProviderLoginInput,
    @Ctx() context: IdentityContext,
  ): Promise<OpenSession> {
    const { em, services } = context;
    return context.enter(await services.providers.completeProviderLogin(em, input, actorOf(context)));
  }
}
