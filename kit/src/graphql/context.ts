/** The context of a request or event: the viewer, a unit of work and a log. Each subgraph adds its services and loaders. */
import type { Viewer } from '../auth/viewer';
import type { EntityManager } from '../database/database';
import { unauthenticated } from '../errors';
import type { EventFeed } from '../events/event-feed';
import type { Logger } from '../logging';

export interface SubgraphContext {
  /** `null` if the request carries no access token. */
  viewer: Viewer | null;
  /** A unit of work: one per request, and one per event of a subscription. */
  em: EntityManager;
  log: Logger;
}

/** The context of a subgraph that is made of features. */
export interface FeatureContext extends SubgraphContext {
  /** Opens live streams of events. */
  feed: EventFeed;
}

/** The viewer of a field whose policy requires a login. @throws UNAUTHENTICATED if nobody is logged in. */
export function viewerOf({ viewer }: Pick<SubgraphContext, 'viewer'>): Viewer {
  if (!viewer) throw unauthenticated();
  return viewer;
}
