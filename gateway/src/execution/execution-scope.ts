/** Per-operation state that every execution step can use. Nothing in it depends on the transport. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { Logger } from '@chat/kit/logging';
import type { TraceContext } from '@chat/kit/telemetry/tracing';

export type { TraceContext };

export interface ExecutionScope {
  viewer: Viewer | null;
  /** Headers of every request to a subgraph, in lower case: signed viewer, correlation id, trace. */
  headers: Record<string, string>;
  /** Aborts pending requests. */
  signal?: AbortSignal;
  /** Whether requests to subgraphs may wait for others; see CallOptions. */
  canWait?: boolean;
  /** Receives the details of masked errors. */
  log: Logger;
}
