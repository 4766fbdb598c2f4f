/** The context of a request or event: everything that resolvers, rules and loaders of this subgraph get. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import { unauthenticated } from '@chat/kit/errors';
import type { EventFeed } from '@chat/kit/events/event-feed';
import type { SubgraphContext } from '@chat/kit/graphql/context';
import type { LoadersOf, ServicesOf } from '@chat/kit/graphql/feature';
import type { features } from './features';

export interface MessagingContext extends SubgraphContext {
  /** Access that accounts were granted on single resources, beyond this subgraph's own rules. */
  grants: Grants;
  services: ServicesOf<typeof features>;
  loaders: LoadersOf<typeof features>;
  feed: EventFeed;
}

/** The viewer of a field whose policy asks for a login. */
export function viewerOf({ viewer }: Pick<MessagingContext, 'viewer'>): Viewer {
  if (!viewer) throw unauthenticated();
  return viewer;
}
