/** The way of every operation, whatever transport it came in by: who asks, how often, how much, and then its execution. */
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { CLIENT_ADDRESS_HEADER, CLIENT_AGENT_HEADER, clientHeaders, type Client } from '@chat/kit/auth/client';
import { rightsOf, type Viewer } from '@chat/kit/auth/viewer';
import { VIEWER_HEADER, type ViewerHeader } from '@chat/kit/auth/viewer-header';
import { ApiError } from '@chat/kit/errors';
import { CORRELATION_HEADER, type Logger } from '@chat/kit/logging';
import type { Authenticator } from '../auth/authenticator';
import type { ExecutionScope, TraceContext } from '../execution/execution-scope';
import { executeOperation, type Services } from '../execution/executor';
import { InFlightQueries } from '../execution/in-flight';
import type { CacheQuestion, ResponseCache } from '../execution/response-cache';
import { networkOf } from '@chat/kit/auth/address';
import type { Allowance, RateLimiter } from '../limits/rate-limiter';
import type { CachePolicy } from '../planning/cache-policy';
import type { GatewayMetrics } from '../telemetry/gateway-metrics';
import { traceOperation } from '../telemetry/tracing';
import type { Admission, Admitted, OperationRequest, Refused } from './admission';

/** Who an operation is done for, established once per request or connection. */
export interface Caller {
  viewer: Viewer | null;
  client: Client;
  /** Whose allowance an operation is taken from. */
  rateKey: string;
  /** What the viewer was told by, for {@link RequestPipeline.confirm}. */
  token?: string;
}

export interface PipelineDeps {
  services: Services;
  authenticator: Authenticator;
  /** Absent where there is no SECRET_KEY: then no viewer is passed on. */
  viewerHeader?: ViewerHeader;
  /** The viewer as it is now, whose token may be older than its roles; absent where nobody tells of changes. */
  currentViewer?: (viewer: Viewer) => Viewer;
  rateLimiter: RateLimiter;
  admission: Admission;
  /** The cost that an operation may have; 0 is off. */
  maxCost: number;
  /** Absent where no answer is kept. */
  cache?: ResponseCache;
  metrics: GatewayMetrics;
  isTraced: boolean;
  log: Logger;
}

export class RequestPipeline {
  private readonly inFlight = new InFlightQueries();

  constructor(private readonly deps: PipelineDeps) {}

  /** For those who ask again where an operation may not run: nobody who watches is told. */
  get admission(): Admission {
    return this.deps.admission;
  }

  get log(): Logger {
    return this.deps.log;
  }

  /** The caller that a token and an address stand for. @throws UNAUTHENTICATED where a token came that is not valid. */
  async identify(token: string | undefined, client: Client): Promise<Caller> {
    const viewer = token === undefined ? null : await this.counted(this.deps.authenticator.authenticate(token));
    return { viewer, client, rateKey: rateKey(viewer, client), token };
  }

  /**
   * Asks again about the session of a caller that was identified long ago, if changes of it may not have been heard.
   * @returns the viewer as it is now; undefined if it need not be asked about.
   * @throws UNAUTHENTICATED if the session has ended, SERVICE_UNAVAILABLE if that cannot be told.
   */
  async confirm({ token }: Caller): Promise<Viewer | undefined> {
    if (!this.deps.authenticator.mustIntrospect) return undefined;
    return (await this.deps.authenticator.authenticate(token)) ?? undefined;
  }

  /** Counts operations before anything is done for them. @throws RATE_LIMITED */
  count(caller: Caller, operations = 1): Promise<Allowance | undefined> {
    return this.counted(this.deps.rateLimiter.take(caller.rateKey, operations));
  }

  /** Decides whether an operation may run, and tells those who watch where it may not. */
  admit(request: OperationRequest): Admitted | Refused {
    const examined = this.deps.admission.examine(request);
    if ('errors' in examined) this.noteRefusal(examined.errors);
    return examined;
  }

  /** What goes along with an operation's requests to subgraphs. `trace` is a client's, to be continued. */
  scopeFor(
    { viewer: identified, client }: Pick<Caller, 'viewer' | 'client'>,
    { correlationId, trace, signal }: { correlationId: string; trace?: TraceContext; signal?: AbortSignal },
  ): ExecutionScope {
    const viewer = identified && (this.deps.currentViewer?.(identified) ?? identified);
    const headers: Record<string, string> = { [CORRELATION_HEADER]: correlationId, ...clientHeaders(client) };
    if (this.deps.viewerHeader) headers[VIEWER_HEADER] = this.deps.viewerHeader.sign(viewer);
    if (trace) Object.assign(headers, trace);
    return { viewer, headers, signal, log: this.deps.log };
  }

  /** Runs a query or mutation that was admitted. Never rejects; subscriptions are started elsewhere. */
  async run(admitted: Admitted, scope: ExecutionScope): Promise<FormattedExecutionResult> {
    const began = performance.now();
    const { kind, name } = admitted.prepared;
    const answer = () => this.answer(admitted, scope);
    const result = this.deps.isTraced
      ? await traceOperation({ kind, name, trace: scope.headers }, answer)
      : await answer();
    this.record(admitted, scope, result, performance.now() - began);
    if (!admitted.reportsCost) return result;
    const cost = { requested: admitted.cost, limit: this.deps.maxCost };
    return { ...result, extensions: { ...result.extensions, cost } };
  }

  /** Counts an operation that is not run, and says why in its one log line. */
  noteRefusal(errors: readonly GraphQLFormattedError[]): void {
    const codes = codesOf(errors);
    this.deps.metrics.refused(codes);
    this.deps.log.info({ codes }, 'operation refused');
  }

  /** Writes the one log line of a subscription; what follows is in the metrics. */
  noteSubscription({ prepared: { name, kind }, cost }: Admitted, viewer: Viewer | null): void {
    this.deps.log.info({ operation: name, kind, cost, viewer: viewer?.id }, 'operation');
  }

  private async counted<Result>(step: Promise<Result>): Promise<Result> {
    try {
      return await step;
    } catch (error) {
      if (error instanceof ApiError) this.deps.metrics.refused([error.code]);
      throw error;
    }
  }

  private answer(admitted: Admitted, scope: ExecutionScope): Promise<FormattedExecutionResult> {
    const { prepared } = admitted;
    const { cache } = this.deps;
    if (cache && admitted.cachePolicy) return this.answerFromCache(cache, admitted, admitted.cachePolicy, scope);
    return prepared.kind === 'mutation' ? this.change(admitted, scope) : this.execute(admitted, scope);
  }

  private async answerFromCache(cache: ResponseCache, admitted: Admitted, policy: CachePolicy, scope: ExecutionScope) {
    const { prepared, variables } = admitted;
    const question: CacheQuestion = { prepared, variables, policy, viewer: scope.viewer };
    const kept = await cache.find(question);
    if (kept) {
      this.deps.metrics.reused('cache');
      admitted.cachePolicy = { ...policy, maxAge: kept.maxAge }; // it is not good for longer because somebody asks late
      return kept.result;
    }
    const result = await this.execute(admitted, scope);
    // What was given up lacks what had not come by then, and nobody saw an error.
    if (!scope.signal?.aborted) cache.keep(question, result);
    return result;
  }

  private execute({ prepared, id, variables }: Admitted, scope: ExecutionScope): Promise<FormattedExecutionResult> {
    const { services, metrics } = this.deps;
    return this.inFlight.run(
      callerKey(scope),
      id + JSON.stringify(variables),
      scope.signal,
      (signal) => executeOperation(prepared, variables, services, { ...scope, signal }),
      () => metrics.reused('in-flight'),
    );
  }

  private async change({ prepared, variables }: Admitted, scope: ExecutionScope): Promise<FormattedExecutionResult> {
    const caller = callerKey(scope);
    this.inFlight.separate(caller);
    // What has begun to change something is not given up half-way because its client has left.
    const result = await executeOperation(prepared, variables, this.deps.services, { ...scope, signal: undefined });
    this.inFlight.separate(caller);
    return result;
  }

  private record(
    { prepared: { kind, name }, cost }: Admitted,
    { viewer, log }: ExecutionScope,
    { errors }: FormattedExecutionResult,
    ms: number,
  ): void {
    const codes = codesOf(errors ?? []);
    this.deps.metrics.operationFinished({ name, kind, seconds: ms / 1000, codes });
    if (!log.isLevelEnabled('info')) return;
    const outcome = codes.length > 0 ? { codes } : undefined;
    log.info(
      { operation: name, kind, cost, ms: Math.round(ms * 10) / 10, viewer: viewer?.id, ...outcome },
      'operation',
    );
  }
}

/** Each once. */
function codesOf(errors: readonly GraphQLFormattedError[]): string[] {
  return [...new Set(errors.map(({ extensions }) => String(extensions?.code)))];
}

/** All logins and API keys of one account share its allowance; anonymous clients are counted by address. */
function rateKey(viewer: Viewer | null, { address }: Client): string {
  return viewer ? `viewer:${viewer.id}` : `address:${address ? networkOf(address) : 'unknown'}`;
}

/** Equal for callers whose equal queries have equal answers: one login of one account at one place, or one anonymous client. */
export function callerKey({ viewer, headers }: Pick<ExecutionScope, 'viewer' | 'headers'>): string {
  const rights = viewer && [viewer.sessionId, ...rightsOf(viewer)];
  return JSON.stringify([rights, headers[CLIENT_ADDRESS_HEADER], headers[CLIENT_AGENT_HEADER]]);
}
