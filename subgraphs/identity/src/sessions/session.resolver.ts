/** Sessions: the list, refresh and revocation. */
import { HOUSEKEEPING } from '@chat/kit/graphql/live-directives';
import { opaqueArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import type { IdentityContext } from '../context';
import { isAdmin } from '../permissions/permission.rules';
import type { UserEntity } from '../users/user.entity';
import { Session } from '../users/session.type';
import { User } from '../users/user.type';
import { Authentication } from './authentication.type';
import type { SessionEntity } from './session.entity';
import type { OpenSession } from './session.service';

@Resolver(() => Session)
export class SessionResolver {
  @Directive(HOUSEKEEPING)
  @Mutation(() => Authentication, {
    description:
      'Exchanges a refresh token for new tokens. UNAUTHENTICATED if it is no longer valid. The same client may repeat the exchange within ten seconds, for example from two tabs, and at any time with the same `clientMutationId`.',
  })
  async refreshSession(
    @Arg('refreshToken', () => String, {
      validateFn: opaqueArgument('refreshToken'),
      description: 'The refresh token from the login or the last refresh.',
    })
    refreshToken: string,
    @Arg('clientMutationId', () => String, {
      nullable: true,
      validateFn: opaqueArgument('clientMutationId'),
      description:
        'A random id that the client stores before the request, such as a UUID. If the response is lost, the client repeats the request with the same id, however late, and gets its tokens. Keep it as secret as the refresh token.',
    })
    clientMutationId: string | null | undefined,
    @Ctx() { em, services, client, enter }: IdentityContext,
  ): Promise<OpenSession> {
    return enter(await services.sessions.refreshSession(em, refreshToken, client, clientMutationId));
  }

  @Mutation(() => Boolean, { description: 'Ends the session of this request, with its subscriptions.' })
  async logout(
    @Arg('everywhere', () => Boolean, {
      defaultValue: false,
      description: 'Whether all other sessions of the account end as well. API keys stay.',
    })
    everywhere: boolean,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    const { em, services, viewer } = context;
    if (everywhere) await services.sessions.logoutEverywhere(em, viewer!);
    else await services.sessions.revokeSession(em, viewer!.sessionId, viewer!.id);
    return true;
  }

  @Mutation(() => Boolean, {
    description: 'Ends a session of the viewer, or any session if by an administrator. NOT_FOUND if there is none.',
  })
  async revokeSession(
    @Arg('id', () => ID, { description: 'Id of the session, from `User.sessions`.' }) id: string,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    const { em, services, viewer } = context;
    await services.sessions.revokeSession(em, id, isAdmin(viewer) ? undefined : viewer!.id);
    return true;
  }

  @FieldResolver()
  current(@Root() session: SessionEntity, @Ctx() { viewer }: IdentityContext): boolean {
    return viewer?.sessionId === session.id;
  }
}

@Resolver(() => User)
export class UserSessionResolver {
  @FieldResolver(() => [Session])
  sessions(@Root() user: UserEntity, @Ctx() { em, services }: IdentityContext): Promise<SessionEntity[]> {
    return services.sessions.sessionsOf(em, user.id);
  }
}
