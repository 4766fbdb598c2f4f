/** API keys of accounts, and the creation of service accounts. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { VIEWER_DEPENDENT } from '@chat/kit/graphql/live-directives';
import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import type { IdentityContext } from '../context';
import { isAdmin } from '../permissions/permission.rules';
import type { UserEntity } from '../users/user.entity';
import { User } from '../users/user.type';
import type { ApiKeyEntity } from './api-key.entity';
import { CreateApiKeyInput, CreateServiceAccountInput } from './api-key.input';
import type { NewApiKey } from './api-key.service';
import { ApiKey, CreatedApiKey } from './api-key.type';

@Resolver(() => User)
export class ApiKeyResolver {
  @Mutation(() => User, { description: 'Creates an account for a program. CONFLICT if the name is taken.' })
  async createServiceAccount(
    @Arg('input', () => CreateServiceAccountInput, { description: 'The account.' }) input: CreateServiceAccountInput,
    @Ctx() { em, services }: IdentityContext,
  ): Promise<UserEntity> {
    return services.apiKeys.createServiceAccount(em, input);
  }

  @Mutation(() => CreatedApiKey, { description: 'Creates an API key. Its secret is shown only once.' })
  createApiKey(
    @Arg('input', () => CreateApiKeyInput, { description: 'The key.' }) input: CreateApiKeyInput,
    @Ctx() { em, services, viewer }: IdentityContext,
  ): Promise<NewApiKey> {
    return services.apiKeys.createApiKey(em, input, viewer!);
  }

  @Mutation(() => Boolean, {
    description: 'Revokes an API key of the viewer, or any key if by an administrator. NOT_FOUND if there is none.',
  })
  async revokeApiKey(
    @Arg('id', () => ID, { description: 'Id of the key.' }) id: string,
    @Ctx() { em, services, viewer }: IdentityContext,
  ): Promise<boolean> {
    await services.apiKeys.revokeApiKey(em, id, isAdmin(viewer) ? undefined : viewer!.id);
    return true;
  }

  @Directive(VIEWER_DEPENDENT)
  @Directive(assumedSize(10))
  @FieldResolver(() => [ApiKey], {
    description: 'Its API keys, newest first. Visible only to the account itself and to administrators.',
  })
  apiKeys(@Root() user: UserEntity, @Ctx() { em, services }: IdentityContext): Promise<ApiKeyEntity[]> {
    return services.apiKeys.keysOf(em, user.id);
  }
}
