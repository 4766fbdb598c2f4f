/** The context of a request or event: everything that resolvers, rules and loaders of this subgraph get. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { FeatureContext } from '@chat/kit/graphql/context';
import type { LoadersOf, ServicesOf } from '@chat/kit/graphql/feature';
import type { features } from './features';

export interface KnowledgeContext extends FeatureContext {
  services: ServicesOf<typeof features>;
  loaders: LoadersOf<typeof features>;
  grants: Grants;
}
