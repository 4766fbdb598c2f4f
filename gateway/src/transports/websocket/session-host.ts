/** What a socket's session takes from the server that it belongs to. */
import type { Client } from '@chat/kit/auth/client';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { TraceContext } from '../../execution/execution-scope';
import type { LiveClient } from '../../subscriptions/live-client';
import type { LiveSubscription, Sink } from '../../subscriptions/sink';
import type { Flusher, QueueLimits } from '../outbox';
import type { OperationRequest } from '../../operations/admission';
import type { Caller } from '../../operations/request-pipeline';

/** Where a socket came from, as the request to upgrade said. */
export interface SessionOrigin {
  client: Client;
  correlationId: string;
  /** The client's trace, as its headers have it. */
  trace?: TraceContext;
}

export interface SessionHost {
  readonly flusher: Flusher;
  readonly queue: QueueLimits;
  readonly onQueued: (depth: number) => void;
  /** @throws UNAUTHENTICATED */
  identify(token: string | undefined, origin: Client): Promise<Caller>;
  /** @returns why the client may not be connected, or undefined; then {@link disconnected} is owed. */
  connected(client: LiveClient): Promise<string | undefined>;
  disconnected(client: LiveClient): void;
  /** @returns false where the token is another account's. */
  renewed(client: LiveClient, viewer: Viewer): boolean;
  start(client: LiveClient, caller: Caller, request: OperationRequest, sink: Sink): LiveSubscription;
}
