/** Operations of any kind on a connection that outlives them: the same way as over HTTP, with results going to a sink. */
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { ApiError } from '@chat/kit/errors';
import { withCorrelation } from '@chat/kit/logging';
import { publicError } from '../execution/public-error';
import type { SubscriptionHub } from '../subscriptions/hub';
import type { LiveClient } from '../subscriptions/live-client';
import type { LiveSubscription, Sink } from '../subscriptions/sink';
import type { Admitted, OperationRequest, Refused } from './admission';
import type { Caller, RequestPipeline } from './request-pipeline';

/** Tells Apollo Studio of an operation that has begun; the outcome is taken when it is there. */
export type OperationReport = (request: OperationRequest, outcome: Promise<FormattedExecutionResult>) => void;

export class LiveOperations {
  /** `report` is absent where nobody hears of operations. */
  constructor(
    readonly pipeline: RequestPipeline,
    readonly hub: SubscriptionHub,
    private readonly report?: OperationReport,
  ) {}

  /** As the pipeline does it, for operations that no HTTP front has seen: they are reported from here. */
  admit(request: OperationRequest): Admitted | Refused {
    const admitted = this.pipeline.admit(request);
    if (!this.report) return admitted;
    const { promise, resolve } = Promise.withResolvers<FormattedExecutionResult>();
    this.report(request, promise);
    if (!('errors' in admitted)) return { ...admitted, finished: resolve };
    resolve(admitted);
    return admitted;
  }

  /** Counts, admits and runs an operation. Whatever refuses it comes through `sink.error`; nothing is thrown. */
  start(client: LiveClient, caller: Caller, request: OperationRequest, sink: Sink): LiveSubscription {
    const handle = new OperationHandle();
    this.attempt(client, sink, handle, async () => {
      const viewer = await this.pipeline.confirm(caller);
      if (viewer) client.refresh(viewer);
      await this.pipeline.count(caller);
      if (handle.isCancelled) return;
      const admitted = this.admit(request);
      if ('errors' in admitted) sink.error(admitted.errors);
      else await this.run(client, admitted, sink, handle);
    });
    return handle;
  }

  /** Runs what was counted and admitted already. */
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
      return handle.follow(this.hub.subscribe(client, admitted.prepared, admitted.variables, sink));
    }
    const { correlationId, trace } = client;
    const scope = this.pipeline.scopeFor(callerOf(client), { correlationId, trace, signal: handle.signal });
    const result = await this.pipeline.run(admitted, scope);
    admitted.finished?.(result);
    if (handle.isCancelled) return;
    sink.next({ bytes: Buffer.from(JSON.stringify(result)) });
    sink.complete();
  }

  private formatted(error: unknown, client: LiveClient): GraphQLFormattedError {
    if (error instanceof ApiError) return error.toJSON();
    const { correlationId } = client;
    return publicError(error, { scope: this.pipeline.scopeFor(callerOf(client), { correlationId }) });
  }
}

/** What a client's requests to subgraphs say about it; its allowance plays no part there. */
export function callerOf({ viewer, origin }: LiveClient): Caller {
  return { viewer, client: origin, rateKey: '' };
}

/** An operation that may become a subscription while it runs. Thousands are open at once, so it holds little. */
class OperationHandle implements LiveSubscription {
  isCancelled = false;
  private subscription?: LiveSubscription;
  private abort?: AbortController;

  /** Made where something can be given up; a subscription needs none. */
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
