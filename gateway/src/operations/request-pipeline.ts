/** The steps of every operation, for all transports: authentication, rate limit, admission, cache and execution. */
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { CLIENT_ADDRESS_HEADER, CLIENT_AGENT_HEADER, clientHeaders, type Client } from '@chat/kit/auth/client';
import { rightsOf, type Viewer } from '@chat/kit/auth/viewer';
import { VIEWER_HEADER, type ViewerHeader } from '@chat/kit/auth/viewer-header';
import { ApiError } from '@chat/kit/errors';
import { CORRELATION_HEADER, type Logger } from '@chat/kit/logging';
import { bearerToken, type Authenticator } from '../auth/authenticator';
import type { ExecutionScope, TraceContext } from '../execution/execution-scope';
import { executeOperation, type Services } from '../execution/executor';
import { InFlightQueries } from '../execution/in-flight';
import type { CacheQuestion, ResponseCache } from '../execution/response-cache';
import { networkOf } from '@chat/kit/auth/address';
import type { UncheckedRequest } from '../limits/housekeeping';
import type { OperationMeter } from '../limits/operation-meter';
import type { Allowance } from '../limits/rate-limiter';
import type { CachePolicy } from '../planning/cache-policy';
import type { GatewayMetrics } from '../telemetry/gateway-metrics';
import { traceOperation } from '@chat/kit/telemetry/tracing';
import type { Admission, Admitted, OperationRequest, Refused } from './admission';

/** The authenticated caller of an operation, identified once per request or connection. */
export interface Caller {
  viewer: Viewer | null;
  client: Client;
  /** The rate limit key. */
  rateKey: string;
  /** The access token, for {@link RequestPipeline.confirm}. */
  token?: string;
  /** The reason why the request's token was refused. Such a caller may run operations that need no viewer. */
  refusal?: ApiError;
}

export interface PipelineDeps {
  services: Services;
  authenticator: Authenticator;
  /** Absent without SECRET_KEY; no viewer is forwarded then. */
  viewerHeader?: ViewerHeader;
  /** The viewer with current roles, if the token is older than a role change. Absent without notifications of role changes. */
  currentViewer?: (viewer: Viewer) => Viewer;
  meter: OperationMeter;
  admission: Admission;
  /** Maximum cost of an operation; 0 disables the limit. */
  maxCost: number;
  /** Absent if responses are not cached. */
  cache?: ResponseCache;
  metrics: GatewayMetrics;
  isTraced: boolean;
  log: Logger;
}

export class RequestPipeline {
  private readonly inFlight = new InFlightQueries();

  constructor(private readonly deps: PipelineDeps) {}

  /** For checks that metrics and logs must not count. */
  get admission(): Admission {
    return this.deps.admission;
  }

  get log(): Logger {
    return this.deps.log;
  }

  /**
   * Identifies the caller of a request that carries an operation. A refused token is kept as {@link Caller.refusal}, because the
   * operation may need no viewer; call {@link demandToken} once it is known.
   */
  async recognise(authorization: string | undefined, client: Client): Promise<Caller> {
    try {
      const token = bearerToken(authorization);
      const viewer = token === undefined ? null : await this.deps.authenticator.authenticate(token);
      return { viewer, client, rateKey: rateKey(viewer, client), token };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Counted apart from anonymous requests, so that a client learns of its expired token although its network has spent its limit.
      return { viewer: null, client, rateKey: `refused:${rateKey(null, client)}`, refusal: error };
    }
  }

  /** @throws UNAUTHENTICATED or SERVICE_UNAVAILABLE if the caller's token was refused, unless the operation needs no viewer */
  demandToken({ refusal }: Caller, operation?: Admitted | Refused): void {
    if (!refusal || (operation && 'needsNoViewer' in operation && operation.needsNoViewer)) return;
    this.deps.metrics.refused([refusal.code]);
    throw refusal;
  }

  /** Identifies the caller of a connection. @throws UNAUTHENTICATED if the token is invalid. */
  async identify(token: string | undefined, client: Client): Promise<Caller> {
    const viewer = token === undefined ? null : await this.counted(this.deps.authenticator.authenticate(token));
    return { viewer, client, rateKey: rateKey(viewer, client), token };
  }

  /**
   * Authenticates a caller of a long-lived connection again if revocations may have been missed.
   * @returns the current viewer, or undefined if no check was needed.
   * @throws UNAUTHENTICATED if the session has ended, SERVICE_UNAVAILABLE if it cannot be verified.
   */
  async confirm({ token }: Caller): Promise<Viewer | undefined> {
    if (!this.deps.authenticator.mustIntrospect) return undefined;
    return (await this.deps.authenticator.authenticate(token)) ?? undefined;
  }

  /** Applies the rate limit, before any work is done for the operations. `connection` is the client's, if it has one. @throws RATE_LIMITED */
  count(caller: Caller, requests: readonly UncheckedRequest[], connection?: object): Promise<Allowance | undefined> {
    return this.counted(this.deps.meter.count(caller.rateKey, requests, connection));
  }

  /** As {@link count} for a request of paced fields, if the client's viewer needs no confirmation. @returns false for any other */
  countPaced(request: UncheckedRequest, connection: object): boolean {
    if (this.deps.authenticator.mustIntrospect) return false;
    try {
      return this.deps.meter.countPaced(request, connection);
    } catch (error) {
      if (error instanceof ApiError) this.deps.metrics.refused([error.code]);
      throw error;
    }
  }

  /** Remembers the text of a persisted query for {@link count}. */
  learn(hash: string, text: string): void {
    this.deps.meter.learn(hash, text);
  }

  /** Call the result once the subscription has ended for the sake of its client; undefined if nothing is counted. */
  resubscription({ viewer, client }: Pick<Caller, 'viewer' | 'client'>, request: UncheckedRequest) {
    return this.deps.meter.resubscription(rateKey(viewer, client), request);
  }

  /** Admits an operation, and records a refusal in metrics and log. */
  admit(request: OperationRequest): Admitted | Refused {
    const examined = this.deps.admission.examine(request);
    if ('errors' in examined) this.noteRefusal(examined.errors);
    else if (examined.prepared.kind === 'subscription') examined.request = request;
    return examined;
  }

  /** The scope of an operation's requests to subgraphs. `trace` is the client's trace context. */
  scopeFor(
    { viewer: identified, client }: Pick<Caller, 'viewer' | 'client'>,
    { correlationId, trace, signal }: { correlationId: string; trace?: TraceContext; signal?: AbortSignal },
  ): ExecutionScope {
    const viewer = this.currentViewer(identified);
    const headers: Record<string, string> = { [CORRELATION_HEADER]: correlationId, ...clientHeaders(client) };
    if (this.deps.viewerHeader) headers[VIEWER_HEADER] = this.deps.viewerHeader.sign(viewer);
    if (trace) Object.assign(headers, trace);
    return { viewer, headers, signal, log: this.deps.log };
  }

  /** Whether a scope without a signal is what {@link scopeFor} would make now, for a caller that is otherwise the same. */
  isCurrent({ viewer, headers }: ExecutionScope, identified: Viewer | null): boolean {
    if (viewer !== this.currentViewer(identified)) return false;
    return headers[VIEWER_HEADER] === this.deps.viewerHeader?.sign(viewer);
  }

  /** The present roles and permissions of a viewer, for comparison. */
  rolesOf(viewer: Viewer | null): string {
    const current = this.currentViewer(viewer);
    return JSON.stringify(current && [current.roles, current.permissions]);
  }

  private currentViewer(viewer: Viewer | null): Viewer | null {
    return viewer && (this.deps.currentViewer?.(viewer) ?? viewer);
  }

  /** Runs an admitted query or mutation. Never rejects. Subscriptions are started by the hub. */
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

  /** Records a refused operation: one metric sample per error code, and one log line. */
  noteRefusal(errors: readonly GraphQLFormattedError[]): void {
    const codes = codesOf(errors);
    this.deps.metrics.refused(codes);
    this.deps.log.info({ codes }, 'operation refused');
  }

  /** Logs the start of a subscription. */
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
      admitted.cachePolicy = { ...policy, maxAge: kept.maxAge }; // only the rest of its lifetime
      return kept.result;
    }
    const result = await this.execute(admitted, scope);
    // An aborted execution lacks data without an error.
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

  private async change(
    { prepared, variables, isPaced }: Admitted,
    scope: ExecutionScope,
  ): Promise<FormattedExecutionResult> {
    this.separate(scope);
    // A mutation is not aborted if its client disconnects.
    const uninterrupted = { ...scope, signal: undefined, canWait: isPaced };
    const result = await executeOperation(prepared, variables, this.deps.services, uninterrupted);
    this.separate(scope);
    return result;
  }

  private separate(scope: ExecutionScope): void {
    if (!this.inFlight.isIdle) this.inFlight.separate(callerKey(scope));
  }

  private record(
    { prepared: { kind, name }, cost, isPaced }: Admitted,
    { viewer, log }: ExecutionScope,
    { errors }: FormattedExecutionResult,
    ms: number,
  ): void {
    const codes = codesOf(errors ?? []);
    this.deps.metrics.operationFinished({ name, kind, seconds: ms / 1000, codes });
    if (isPaced || !log.isLevelEnabled('info')) return;
    const outcome = codes.length > 0 ? { codes } : undefined;
    log.info(
      { operation: name, kind, cost, ms: Math.round(ms * 10) / 10, viewer: viewer?.id, ...outcome },
      'operation',
    );
  }
}

/** Distinct error codes. */
function codesOf(errors: readonly GraphQLFormattedError[]): string[] {
  return [...new Set(errors.map(({ extensions }) => String(extensions?.code)))];
}

/** All sessions and API keys of an account share one limit. Anonymous clients are limited by network. */
function rateKey(viewer: Viewer | null, { address }: Client): string {
  return viewer ? `viewer:${viewer.id}` : `address:${address ? networkOf(address) : 'unknown'}`;
}

/** Callers with equal keys get equal responses to equal queries: one session at one address and user agent. */
export function callerKey({ viewer, headers }: Pick<ExecutionScope, 'viewer' | 'headers'>): string {
  const rights = viewer && [viewer.sessionId, ...rightsOf(viewer)];
  return JSON.stringify([rights, headers[CLIENT_ADDRESS_HEADER], headers[CLIENT_AGENT_HEADER]]);
}
