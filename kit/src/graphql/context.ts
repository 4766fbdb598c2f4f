/** What every resolver, rule and loader gets: who asks, a unit of work of its own, and a log. Features add their services and loaders. */
import type { Viewer } from '../auth/viewer';
import type { EntityManager } from '../database/database';
import type { Logger } from '../logging';

export interface SubgraphContext {
  viewer: Viewer | null;
  /** A unit of work: one per request, and one per event of a subscription. */
  em: EntityManager;
  log: Logger;
}
