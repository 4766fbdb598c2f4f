/** The parts of the gateway that subscriptions use. */
import type { PlanningThread } from '../planning/planning-thread';
import type { Logger } from '@chat/kit/logging';
import type { Services } from '../execution/executor';
import type { EntityBatches } from './entity-batches';
import type { LiveClient } from './live-client';
import type { SubscriptionMetrics } from './metrics';
import type { RepeatedResults } from './repeated-results';
import type { Defer } from './tracks';

export interface SubscriptionDeps {
  /** Absent to plan everything on the event loop. */
  planningThread?: PlanningThread;
  onUpstreamLost(error: unknown): void;
  services(): Services;
  entities: EntityBatches;
  repeated: RepeatedResults;
  /** The headers of a request on a client's behalf: the signed viewer and the correlation id. */
  headersFor(client: LiveClient): Record<string, string>;
  /** The present roles and permissions of a client's viewer, for comparison. */
  rolesOf(client: LiveClient): string;
  metrics: SubscriptionMetrics;
  /** Time up to which notifications of changed access have been received, by `performance.now()`; Infinity if none are expected. */
  accessReceivedUntil(): number;
  log: Logger;
  /** When events are handed to subscribers. */
  defer: Defer;
  /** How much of a resumable stream's history is kept for clients that reconnect. */
  memory: { maxEvents: number; maxBytes: number };
}
