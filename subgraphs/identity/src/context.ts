/** The context of a request or event: everything that resolvers, rules and loaders of this subgraph get. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Client } from '@chat/kit/auth/client';
import type { FeatureContext } from '@chat/kit/graphql/context';
import type { LoadersOf, ServicesOf } from '@chat/kit/graphql/feature';
import type { features } from './features';
import type { OpenSession } from './sessions/session.service';

export interface IdentityContext extends FeatureContext {
  client: Client;
  grants: Grants;
  services: ServicesOf<typeof features>;
  loaders: LoadersOf<typeof features>;
  /** Continues this request as the account that has just logged in, so that it may read its own fields. */
  enter(session: OpenSession): OpenSession;
}
