/** The context of a request or event: everything that resolvers, rules and loaders of this subgraph get. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { FeatureContext } from '@chat/kit/graphql/context';
import type { LoadersOf, ServicesOf } from '@chat/kit/graphql/feature';
import type { features } from './features';

export interface RoomsContext extends FeatureContext {
  /** Identity's grants on single resources, in addition to this subgraph's rules. */
  grants: Grants;
  /** The client's live connection; undefined for a request over HTTP. */
  connection: string | undefined;
  services: ServicesOf<typeof features>;
  loaders: LoadersOf<typeof features>;
}
