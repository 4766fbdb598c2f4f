/** Mutations on the viewer's own sessions. */
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { IdentityContext } from '../context';
import type { OpenSession } from './session.service';
import { Authentication } from './session.type';

@Resolver()
export class SessionResolver {
  @Mutation(() => Authentication, {
    description:
      'New tokens for a refresh token, which is used up by it. UNAUTHENTICATED where it is not valid any more.',
  })
  async refreshSession(
    @Arg('refreshToken', () => String, { description: 'From the login or the last refresh.' }) refreshToken: string,
    @Ctx() context: IdentityContext,
  ): Promise<OpenSession> {
    return context.enter(await context.services.sessions.refreshSession(context.em, refreshToken, context.client));
  }

  @Mutation(() => Boolean, { description: 'Ends the session that this request came with, and its subscriptions.' })
  async logout(@Ctx() { em, services, viewer }: IdentityContext): Promise<boolean> {
    await services.sessions.revokeSession(em, viewer!.id, viewer!.sessionId);
    return true;
  }
}
