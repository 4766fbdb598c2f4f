/** Sessions: the next tokens, where an account is logged in, and how a login ends. */
import { opaqueArgument } from '@chat/kit/graphql/text';
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { actorOf } from '../audit/actor';
import type { IdentityContext } from '../context';
import { isAdmin } from '../roles/role.policy';
import type { UserEntity } from '../users/user.entity';
import { User } from '../users/user.type';
import { Authentication } from './authentication.type';
import type { SessionEntity } from './session.entity';
import type { OpenSession } from './session.service';
import { Session } from './session.type';

@Resolver(() => Session)
export class SessionResolver {
  @Mutation(() => Authentication, {
    description:
      'New tokens for a refresh token, which is used up by it. UNAUTHENTICATED if it is not valid any more. The same client may repeat it within ten seconds, as two tabs that refresh at once do.',
  })
  async refreshSession(
    @Arg('refreshToken', () => String, {
      validateFn: opaqueArgument('refreshToken'),
      description: 'From the login or the last refresh.',
    })
    refreshToken: string,
    @Ctx() context: IdentityContext,
  ): Promise<OpenSession> {
    const { em, services } = context;
    return context.enter(await services.sessions.refreshSession(em, refreshToken, actorOf(context)));
  }

  @Mutation(() => Boolean, { description: 'Ends the session that this request came with, and its subscriptions.' })
  async logout(@Ctx() context: IdentityContext): Promise<boolean> {
    const { em, services, viewer } = context;
    await services.sessions.revokeSession(em, viewer!.sessionId, viewer!.id, actorOf(context));
    return true;
  }

  @Mutation(() => Boolean, {
    description: 'Ends one session of the viewer (of anybody, for administrators). NOT_FOUND where there is none.',
  })
  async revokeSession(
    @Arg('id', () => ID, { description: 'From `sessions`.' }) id: string,
    @Ctx() context: IdentityContext,
  ): Promise<boolean> {
    const { em, services, viewer } = context;
    await services.sessions.revokeSession(em, id, isAdmin(viewer) ? undefined : viewer!.id, actorOf(context));
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
