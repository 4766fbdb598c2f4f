/** What resolvers, rules and loaders of this subgraph get with every request. */
import { clientFrom, type Client } from '@chat/kit/auth/client';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { SubgraphContext } from '@chat/kit/graphql/context';
import type { Runtime } from '@chat/kit/graphql/runtime';
import type { AccountService } from './accounts/account.service';
import type { OpenSession, SessionService } from './sessions/session.service';
import { userLoader, type UserLoader } from './users/user.loader';
import type { UserService } from './users/user.service';

export interface IdentityServices {
  users: UserService;
  accounts: AccountService;
  sessions: SessionService;
}

export interface IdentityContext extends SubgraphContext {
  client: Client;
  services: IdentityServices;
  loaders: { user: UserLoader };
  /** Makes the rest of this request the one of whoever has just logged in, so that it may read what is its own. */
  enter(session: OpenSession): OpenSession;
}

/** For {@link SchemaService}: one context per request. */
export function contextFactory(runtime: Runtime, services: IdentityServices) {
  return (viewer: Viewer | null, headers: Record<string, string>): IdentityContext => {
    const em = runtime.database.fork();
    const context: IdentityContext = {
      viewer,
      em,
      log: runtime.log,
      client: clientFrom(headers),
      services,
      loaders: { user: userLoader(() => em) },
      enter(session) {
        context.viewer = session.viewer;
        return session;
      },
    };
    return context;
  };
}
