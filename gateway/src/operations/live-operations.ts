/** Runs operations of any kind for the streaming transports. They take the same pipeline as over HTTP; results go to a sink. */
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { ApiError } from '@chat/kit/errors';
import { withCorrelation } from '@chat/kit/logging';
import type { ExecutionScope } from '../execution/execution-scope';
import { publicError } from '../execution/public-error';
import type { SubscriptionHub } from '../subscriptions/hub';
import type { LiveClient } from '../subscriptions/live-client';
import type { LiveSubscription, Sink } from '../subscriptions/sink';
import type { Admitted, OperationRequest, Refused } from './admission';
import type { Caller, RequestPipeline } from './request-pipeline';

/** Calls of paced fields within this time follow each other, in milliseconds. */
const PACED_REST_MS = 100;

/** Reports an operation to Apollo Studio once `outcome` resolves. */
export type OperationReport = (request: OperationRequest, outcome: Promise<FormattedExecutionResult>) => void;

export class LiveOperations {
  /** `report` is absent without usage reports. */
  constructor(
    readonly pipeline: RequestPipeline,
    readonly hub: SubscriptionHub,
    private readonly report?: OperationReport,
  ) {}

  /** Admits an operation, and reports it, since Apollo Server has not seen it. */
  admit(request: OperationRequest): Admitted | Refused {
    const admitted = this.pipeline.admit(request);
    if (!this.report) return admitted;
    const { promise, resolve } = Promise.withResolvers<FormattedExecutionResult>();
    this.report(request, promise);
    if (!('errors' in admitted)) return { ...admitted, finished: resolve };
    resolve(admitted);
    return admitted;
  }

  /** Rate-limits, admits and runs an operation. Every refusal goes to `sink.error`. Never throws. */
  start(client: LiveClient, caller: Caller, request: OperationRequest, sink: Sink): LiveSubscription {
    const handle = new OperationHandle();
    if (this.startPaced(client, request, sink, handle)) return handle;
    this.attempt(client, sink, handle, async () => {
      await this.pipeline.count(caller, [request], client);
      if (handle.isCancelled) return;
      const admitted = this.admit(request);
      if ('errors' in admitted) return sink.error(admitted.errors);
      const viewer = admitted.needsNoViewer ? undefined : await this.pipeline.confirm(caller);
      if (viewer) client.refresh(viewer);
      if (!handle.isCancelled) await this.run(client, admitted, sink, handle);
    });
    return handle;
  }

  /**
   * Starts a call of paced fields, such as the moves of an avatar, without the waits of other operations. While such calls follow each other,
   * an answer can wait for the next event of the client's subscriptions. @returns false for any other operation
   */
  private startPaced(client: LiveClient, request: OperationRequest, sink: Sink, handle: OperationHandle): boolean {
    if (this.report) return false;
    try {
      if (!this.pipeline.countPaced(request, client)) return false;
    } catch (error) {
      sink.error([this.formatted(error, client)]);
      return true;
    }
    const admitted = this.admit(request);
    if ('errors' in admitted) {
      sink.error(admitted.errors);
      return true;
    }
    const now = performance.now();
    const canWait = client.subscriptions.size > 0 && now - client.pacedAt < PACED_REST_MS;
    client.pacedAt = now;
    const scope = this.pacedScopeOf(client);
    void withCorrelation(client.correlationId, () => this.pipeline.run(admitted, scope)).then((result) => {
      if (handle.isCancelled) return;
      sink.next([{ bytes: Buffer.from(JSON.stringify(result)), canWait: canWait && !result.errors }]);
      sink.complete();
    });
    return true;
  }

  private pacedScopeOf(client: LiveClient): ExecutionScope {
    const { pacedScope, correlationId, trace } = client;
    if (pacedScope && this.pipeline.isCurrent(pacedScope, client.viewer)) return pacedScope;
    return (client.pacedScope = this.pipeline.scopeFor(callerOf(client), { correlationId, trace }));
  }

  /** Runs an operation that was rate-limited and admitted before. */
  startAdmitted(client: LiveClient, admitted: Admitted, sink: Sink): LiveSubscription {
    const handle = new OperationHandle();
    this.attempt(client, sink, handle, () => this.run(client, admitted, sink, handle));
    return handle;
  }

  private attempt(client: LiveClient, sink: Sink, handle: OperationHandle, work: () => Promise<void>): void {
    void withCorrelation(client.correlationId, work).catch((error: unknown) => {
      if (!handle.isCancelled) sink.error([this.formatted(error, client)]);
    });
  }

  private async run(client: LiveClient, admitted: Admitted, sink: Sink, handle: OperationHandle): Promise<void> {
    if (admitted.prepared.kind === 'subscription') {
      this.pipeline.noteSubscription(admitted, client.viewer);
      await admitted.prepared.makePlans?.(admitted.variables);
      if (handle.isCancelled) return;
      admitted.finished?.({ data: null });
      const onLeft = admitted.request && this.pipeline.resubscription(callerOf(client), admitted.request);
      return handle.follow(this.hub.subscribe(client, admitted.prepared, admitted.variables, sink, onLeft));
    }
    const { correlationId, trace } = client;
    const signal = admitted.prepared.kind === 'mutation' ? undefined : handle.signal; // mutations run to their end
    const scope = this.pipeline.scopeFor(callerOf(client), { correlationId, trace, signal });
    const result = await this.pipeline.run(admitted, scope);
    admitted.finished?.(result);
    if (handle.isCancelled) return;
    sink.next([{ bytes: Buffer.from(JSON.stringify(result)) }]);
    sink.complete();
  }

  private formatted(error: unknown, client: LiveClient): GraphQLFormattedError {
    if (error instanceof ApiError) return error.toJSON();
    const { correlationId } = client;
    return publicError(error, { scope: this.pipeline.scopeFor(callerOf(client), { correlationId }) });
  }
}

/** The caller for a client's requests to subgraphs, without a rate limit key. */
export function callerOf({ viewer, origin }: LiveClient): Caller {
  return { viewer, client: origin, rateKey: '' };
}

/** An operation in progress, which may become a subscription. Kept small, as thousands are open at once. */
class OperationHandle implements LiveSubscription {
  isCancelled = false;
  private subscription?: LiveSubscription;
  private abort?: AbortController;

  /** Created on demand; a mutation or subscription needs none. */
  get signal(): AbortSignal {
    this.abort ??= new AbortController();
    return this.abort.signal;
  }

  follow(subscription: LiveSubscription): void {
    this.subscription = subscription;
  }

  cancel(): void {
    this.isCancelled = true;
    this.abort?.abort();
    this.subscription?.cancel();
  }

  tooSlow(cursor?: string): void {
    this.subscription?.tooSlow(cursor);
  }
}
