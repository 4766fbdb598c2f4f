/**
 * The context of one request or event. Reading `em` begins its unit of work: most requests of a busy process run prepared statements only,
 * and a unit of work costs more than they do. A class, because an accessor of an object literal keeps the loaded objects of a request until
 * the next major collection of V8 (docs/decisions/young-objects.md).
 */
import type { Viewer } from '../auth/viewer';
import type { EntityManager } from '../database/database';
import type { EventFeed } from '../events/event-feed';
import type { Logger } from '../logging';
import type { FeatureContext } from './context';

export interface ContextParts {
  log: Logger;
  feed: EventFeed;
  fork: () => EntityManager;
}

export class RequestContext implements FeatureContext {
  readonly log: Logger;
  readonly feed: EventFeed;

  /** @param unitOfWork by default one on the primary */
  constructor(
    readonly viewer: Viewer | null,
    private readonly parts: ContextParts,
    private unitOfWork?: EntityManager,
  ) {
    this.log = parts.log;
    this.feed = parts.feed;
  }

  get em(): EntityManager {
    return (this.unitOfWork ??= this.parts.fork());
  }
}
