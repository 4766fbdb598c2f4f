/**
 * Several instances of one subgraph as one service. Requests go to the instance with the fewest pending ones, subscriptions to each in turn.
 * An instance that fails is ejected until a probe finds it ready. A request that may be repeated moves on to another instance; a
 * mutation does so only if it was not sent. If no instance is ready, all are tried.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';
import { ApiError } from '@chat/kit/errors';
import {
  StreamFailed,
  type CallOptions,
  type GraphQLRequest,
  type GraphQLService,
  type Subscribed,
} from '@chat/kit/graphql/service';
import type { Logger } from '@chat/kit/logging';
import { ServiceAway, type HttpService } from './http-service';

/** One instance, as the balancer uses it. */
export interface InstanceParts extends AsyncDisposable {
  url: string;
  service: Pick<HttpService, 'execute' | 'authorize' | 'subscribe'>;
}

/** Starts to probe an instance. */
export type Probe = (url: string, onResult: (isReady: boolean) => void) => AsyncDisposable;

/** Rounds over all instances, and the mean pause between two of them, in milliseconds. */
const ROUNDS = 3;
const ROUND_PAUSE_MS = 100;

interface Instance extends InstanceParts {
  isReady: boolean;
  pending: number;
}

type Ask<Result> = (service: InstanceParts['service']) => Promise<Result>;

export class BalancedService implements GraphQLService, AsyncDisposable {
  private readonly instances: readonly Instance[];
  private readonly probes: readonly AsyncDisposable[];
  private turn = 0;

  constructor(
    private readonly name: string,
    parts: readonly InstanceParts[],
    probe: Probe,
    private readonly log: Logger,
  ) {
    this.instances = parts.map((part) => Object.assign(part, { isReady: true, pending: 0 }));
    this.probes = this.instances.map((instance) => probe(instance.url, (isReady) => this.mark(instance, isReady)));
  }

  /** The number of instances, and of those that are ready. */
  get counts(): { all: number; ready: number } {
    return { all: this.instances.length, ready: this.instances.filter(({ isReady }) => isReady).length };
  }

  execute(request: GraphQLRequest, options: CallOptions): Promise<ExecutionResult> {
    const isMutation = request.query.trimStart().startsWith('mutation');
    return this.ask((service) => service.execute(request, options), options.signal, !isMutation);
  }

  authorize(request: GraphQLRequest, options: CallOptions): Promise<ExecutionResult> {
    return this.ask((service) => service.authorize(request, options), options.signal, true);
  }

  /** A lost stream is resumed by its reader, which subscribes again. */
  subscribe(request: GraphQLRequest, options: CallOptions): Promise<Subscribed> {
    return this.ask((service) => service.subscribe(request, options), options.signal, true);
  }

  private async ask<Result>(ask: Ask<Result>, signal: AbortSignal | undefined, isRepeatable: boolean): Promise<Result> {
    let failure: unknown;
    for (let round = 0; round < ROUNDS; round++) {
      if (round > 0) await delay(ROUND_PAUSE_MS * (0.5 + Math.random()), undefined, { signal });
      const tried = new Set<Instance>();
      for (let instance = this.pick(tried); instance; instance = this.pick(tried)) {
        tried.add(instance);
        instance.pending++;
        try {
          return await ask(instance.service);
        } catch (error) {
          if (signal?.aborted || !isOutage(error)) throw error;
          failure = error;
          this.mark(instance, false, error);
          if (!isRepeatable && !(error instanceof ServiceAway && error.isUnsent)) throw error;
        } finally {
          instance.pending--;
        }
      }
    }
    throw failure;
  }

  /** A ready instance with the fewest pending requests, each in turn if several have; another one if none is ready. */
  private pick(tried: ReadonlySet<Instance>): Instance | undefined {
    const { instances } = this;
    const first = this.turn++ % instances.length;
    let best: Instance | undefined;
    for (let offset = 0; offset < instances.length; offset++) {
      const instance = instances[(first + offset) % instances.length]!;
      if (tried.has(instance)) continue;
      if (!best || (instance.isReady && (!best.isReady || instance.pending < best.pending))) best = instance;
    }
    return best;
  }

  private mark(instance: Instance, isReady: boolean, error?: unknown): void {
    if (instance.isReady === isReady) return;
    instance.isReady = isReady;
    const line = { subgraph: this.name, url: instance.url, ready: this.counts.ready, of: this.counts.all };
    if (isReady) this.log.info(line, 'an instance of a subgraph is back');
    else this.log.warn({ ...line, err: error }, 'an instance of a subgraph gets no more requests');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.probes, ...this.instances].map((part) => part[Symbol.asyncDispose]()));
  }
}

/** Whether an error is about the instance. Subscriptions fail with the errors of their socket. */
function isOutage(error: unknown): boolean {
  return error instanceof ServiceAway || !(error instanceof ApiError || error instanceof StreamFailed);
}
