/** API keys of the viewer, and of service accounts. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { actorOf } from '../audit/actor';
import type { IdentityContext } from '../context';
import { isAdmin } from '../roles/role.policy';
import type { UserEntity } from '../users/user.entity';
import { User } from '../users/user.type';
import { ApiKey, CreateApiKeyInput, CreatedApiKey } from './api-key.type';

@Resolver(() => User)
export class ApiKeyResolver {
  @Mutation(() => CreatedApiKey, { description: 'Makes an API key. Its secret is shown this once.' })
  createApiKey(
    @Arg('input', () => CreateApiKeyInput, { description: 'The key.' }) input: CreateApiKeyInput,
    @Ctx() context: IdentityContext,
  ): Promise<CreatedApiKey> {
    const { em, services, viewer } = context;
    return services.apiKeys.createApiKey(em, input, isAdmin(viewer), actorOf(context));
  }

  @Mutation(() => Boolean, {
    description: 'Ends an API key of the viewer (of anybody, for administrators). NOT_FOUND where there is none.',
  })
  async revokeApiKey(
    @Arg('id', () => ID, { description: 'Of the key.' }) id: string,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    const { em, services, viewer } = context;
    await services.apiKeys.revokeApiKey(em, id, isAdmin(viewer) ? undefined : viewer!.id, actorOf(context));
    return true;
  }

  @Directive(VIEWER_DEPENDENT)
  @Directive(assumedSize(10))
  @FieldResolver(() => [ApiKey], {
    description: 'Its API keys, newest first. Only the account itself and administrators see them.',
  })
  apiKeys(@Root() user: UserEntity, @Ctx() { em, services }: IdentityContext): Promise<ApiKey[]> {
    return services.apiKeys.keysOf(em, user.id);
  }
}
