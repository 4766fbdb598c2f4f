/** The context of a request or event: everything that resolvers, rules and loaders of this subgraph get. */
import type { FeatureContext } from '@chat/kit/graphql/context';
import type { LoadersOf, ServicesOf } from '@chat/kit/graphql/feature';
import type { features } from './features';

export interface PluginsContext extends FeatureContext {
  services: ServicesOf<typeof features>;
  loaders: LoadersOf<typeof features>;
}
