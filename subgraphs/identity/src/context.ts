/** The context that resolvers, rules and loaders of this subgraph receive with each request or event. */
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
  /** Makes the account that has just logged in the viewer of this request, so that it can read its own fields. */
  enter: (session: OpenSession) => OpenSession;
}
