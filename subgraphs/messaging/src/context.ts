/** The context of a request or event, for resolvers, rules and loaders. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { FeatureContext } from '@chat/kit/graphql/context';
import type { LoadersOf, ServicesOf } from '@chat/kit/graphql/feature';
import type { features } from './features';

export interface MessagingContext extends FeatureContext {
  /** Identity's grants on single resources, in addition to this subgraph's rules. */
  grants: Grants;
  services: ServicesOf<typeof features>;
  loaders: LoadersOf<typeof features>;
}
