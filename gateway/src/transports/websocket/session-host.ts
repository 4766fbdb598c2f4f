/** The interface between a socket session and its server. */
import type { Client } from '@chat/kit/auth/client';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { TraceContext } from '../../execution/execution-scope';
import type { LiveClient } from '../../subscriptions/live-client';
import type { LiveSubscription, Sink } from '../../subscriptions/sink';
import type { Flusher, QueueLimits } from '../outbox';
import type { OperationRequest } from '../../operations/admission';
import type { Caller } from '../../operations/request-pipeline';

/** The origin of a socket, from its upgrade request. */
export interface SessionOrigin {
  client: Client;
  correlationId: string;
  /** The client's trace context, from its headers. */
  trace?: TraceContext;
}

export interface SessionHost {
  readonly flusher: Flusher;
  readonly queue: QueueLimits;
  readonly onQueued: (depth: number) => void;
  /** @throws UNAUTHENTICATED */
  identify(token: string | undefined, origin: Client): Promise<Caller>;
  /** @returns the reason for a refusal, or undefined. Without a refusal, {@link disconnected} must follow. */
  connected(client: LiveClient): Promise<string | undefined>;
  disconnected(client: LiveClient): void;
  /** @returns false if the token is another account's. */
  renewed(client: LiveClient, viewer: Viewer): boolean;
  start(client: LiveClient, caller: Caller, request: OperationRequest, sink: Sink): LiveSubscription;
}
