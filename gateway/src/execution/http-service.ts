/** A subgraph in another process, over HTTP and request links: timeouts, safe retries and a circuit breaker. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';
import { Pool, errors as undiciErrors } from 'undici';
import { ApiError } from '@chat/kit/errors';
import {
  AUTHORIZE_ONLY_HEADER,
  type CallOptions,
  type GraphQLRequest,
  type GraphQLService,
  type Subscribed,
} from '@chat/kit/graphql/service';
import { isUnsentError } from './unsent';
import { parseExactly } from '../supergraph/exact-json';
import { CircuitBreaker } from './circuit-breaker';
import { PostTimeout, type PostResponse } from './http-post';
import { LinkedPosts } from './linked-posts';
import { RequestJson } from './request-json';

export interface HttpServiceOptions {
  /** The subgraph's name, for messages. */
  name: string;
  url: string;
  /** Response timeout in milliseconds. */
  timeoutMs: number;
  /** Largest response that is read, in bytes. */
  maxAnswerBytes: number;
  /** Connections kept open at most. */
  connections: number;
  /** Certificates in PEM format: the CA to trust instead of the system's list, and the client certificate. */
  tls?: { ca?: string; cert?: string; key?: string };
  /** Whether a failure is reported at once, since another instance can be asked. */
  isOneOfSeveral?: boolean;
  /** Carries subscriptions, which need a WebSocket. */
  subscribe?: (request: GraphQLRequest, options: CallOptions) => Promise<Subscribed>;
}

/** Retries if the service is unavailable, and the mean delay before each, in milliseconds. */
const RETRIES = 2;
const RETRY_PAUSE_MS = 40;

/** How long each attempt waits for an open circuit breaker, in milliseconds: two probes. */
const PATIENCE_MS = 500;

/** Subgraphs close idle connections after 65 s. The gateway closes them earlier, so that no request meets a closing connection. */
const KEEP_ALIVE_MS = 55_000;

/** The service has read the request and refused it. */
class RequestRefused extends Error {}

/** The service has not started yet, and so has run nothing. */
class NotStarted extends Error {}

/** The service cannot be reached. */
export class ServiceAway extends ApiError {
  constructor(
    name: string,
    /** Whether the service has certainly not run the request. */
    readonly isUnsent: boolean,
    cause?: unknown,
  ) {
    super('SERVICE_UNAVAILABLE', `${name} is not reachable at the moment.`);
    this.cause = cause;
  }
}

export class HttpService implements GraphQLService, AsyncDisposable {
  private readonly pool: Pool;
  private readonly posts: LinkedPosts;
  private readonly breaker = new CircuitBreaker();
  private readonly json = new RequestJson();

  constructor(private readonly options: HttpServiceOptions) {
    const url = new URL(options.url);
    this.pool = new Pool(url.origin, {
      connections: options.connections,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      connect: { timeout: options.timeoutMs, ...options.tls },
    });
    const path = url.pathname + url.search;
    const target = { dispatcher: this.pool, path, maxBytes: options.maxAnswerBytes };
    this.posts = new LinkedPosts(target, options.timeoutMs);
  }

  execute(request: GraphQLRequest, options: CallOptions): Promise<ExecutionResult> {
    return this.send(request, options);
  }

  authorize(request: GraphQLRequest, options: CallOptions): Promise<ExecutionResult> {
    const headers = { ...options.headers, [AUTHORIZE_ONLY_HEADER]: '1' };
    return this.send(request, { ...options, headers }, (response) => (isNoGraphQL(response) ? NO_DECISION : undefined));
  }

  subscribe(request: GraphQLRequest, options: CallOptions): Promise<Subscribed> {
    if (this.options.subscribe) return this.options.subscribe(request, options);
    return Promise.resolve({ errors: [new ApiError('SERVICE_UNAVAILABLE', 'Subscriptions are switched off here.')] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.posts[Symbol.asyncDispose]();
    await this.pool.close();
  }

  /** `known` maps an expected response that is not a GraphQL response to a result. */
  private async send(
    request: GraphQLRequest,
    { headers, signal, canWait }: CallOptions,
    known?: (response: PostResponse) => ExecutionResult | undefined,
  ): Promise<ExecutionResult> {
    const text = this.json.of(request);
    const isMutation = request.query.trimStart().startsWith('mutation');
    const { isOneOfSeveral = false, name } = this.options;
    for (let retries = isOneOfSeveral ? 0 : RETRIES; ; retries--) {
      if (!isOneOfSeveral && !this.breaker.tryPass() && !(await this.breaker.waitToPass(PATIENCE_MS, signal))) {
        throw new ServiceAway(name, true);
      }
      try {
        const { timeoutMs } = this.options;
        const response = await this.posts.post({ headers, ...text, timeoutMs, signal, canWait });
        const result = known?.(response) ?? this.read(response);
        this.breaker.succeeded();
        return result;
      } catch (error) {
        if (signal?.aborted) throw error;
        if (error instanceof RequestRefused || error instanceof undiciErrors.ResponseExceededMaxSizeError) {
          this.breaker.succeeded(); // the service is up; oversized requests of one client must not open the breaker for all
          throw new ApiError('LIMIT_EXCEEDED', `This is too much for ${name}: ${error.message}`);
        }
        this.breaker.failed();
        if (error instanceof PostTimeout) throw new ApiError('TIMEOUT', `${name} did not answer in time.`);
        // A mutation may have run although its response was lost, so it is retried only if it was never sent.
        if (retries === 0 || (isMutation && !isUnsent(error))) throw new ServiceAway(name, isUnsent(error), error);
        await delay(RETRY_PAUSE_MS * (0.5 + Math.random()), undefined, { signal });
      }
    }
  }

  /** @throws RequestRefused, or an error if a proxy or a terminating process sent something else than a GraphQL response */
  private read({ status, text }: PostResponse): ExecutionResult {
    if (status === 413 || status === 431) throw new RequestRefused('the request is too long.');
    let result: ExecutionResult | undefined;
    try {
      result = parseExactly(text) as ExecutionResult;
    } catch {
      throw new Error(`${this.options.name} answered with status ${status} and no JSON.`);
    }
    if (status === 503 && this.options.isOneOfSeveral) throw new NotStarted('it has not started yet');
    if (typeof result === 'object' && result && ('data' in result || Array.isArray(result.errors))) return result;
    throw new Error(`${this.options.name} answered with status ${status} and no GraphQL response.`);
  }
}

/** A service with subscriptions over WebSocket only refuses them over HTTP. The refusal says nothing about access. */
const NO_DECISION: ExecutionResult = {
  errors: [new ApiError('BAD_REQUEST', 'Subscriptions are not served over HTTP.')],
};

/** Statuses of a server without subscriptions over HTTP. Others may come from a proxy. */
const NOT_SERVED: ReadonlySet<number> = new Set([400, 404, 405, 406, 415, 426, 501]);

function isNoGraphQL({ status, text }: PostResponse): boolean {
  return NOT_SERVED.has(status) && !text.startsWith('{');
}

function isUnsent(error: unknown): boolean {
  return error instanceof NotStarted || isUnsentError(error);
}
