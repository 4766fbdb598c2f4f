/** What one operation's execution carries along, whatever transport it came in by. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { Logger } from '@chat/kit/logging';

/** The headers of a client's trace (W3C Trace Context). */
export interface TraceContext {
  traceparent?: string;
  tracestate?: string;
}

export interface ExecutionScope {
  viewer: Viewer | null;
  /** Lower-case headers that go along with every request to a subgraph: signed viewer, correlation id, trace. */
  headers: Record<string, string>;
  /** Gives up: requests under way are ended. */
  signal?: AbortSignal;
  /** Where errors that clients must not see are written whole. */
  log: Logger;
}
