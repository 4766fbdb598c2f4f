/** A subgraph in another process, over HTTP: kept-alive connections, time-outs, careful retries and a circuit breaker. */
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
import { parseExactly } from '../supergraph/exact-json';
import { CircuitBreaker } from './circuit-breaker';
import { post, PostTimeout, type PostResponse } from './http-post';

export interface HttpServiceOptions {
  /** The subgraph's name, for messages. */
  name: string;
  url: string;
  /** Longest wait for an answer, in milliseconds. */
  timeoutMs: number;
  /** Longest answer that is read, in bytes. */
  maxAnswerBytes: number;
  /** Connections kept open at most. */
  connections: number;
  /** Certificates in PEM form: whom to trust instead of the system's list, and what to show to the subgraph. */
  tls?: { ca?: string; cert?: string; key?: string };
  /** How subscriptions get there, since they need a socket of their own. */
  subscribe?: (request: GraphQLRequest, options: CallOptions) => Promise<Subscribed>;
}

/** How often a request is sent again where the service was away, and the mean pause before it, in milliseconds. */
const RETRIES = 2;
const RETRY_PAUSE_MS = 40;

/** How long each try waits for a service that has failed again and again, in milliseconds: two probes. */
const PATIENCE_MS = 500;

/** Errors before a connection was there. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Shorter than the 65 s after which subgraphs close idle connections, so that none is used while it is being closed. */
const KEEP_ALIVE_MS = 55_000;

/** The service has read so much of a request as to refuse it. */
class RequestRefused extends Error {}

export class HttpService implements GraphQLService, AsyncDisposable {
  private readonly pool: Pool;
  private readonly path: string;
  private readonly breaker = new CircuitBreaker();

  constructor(private readonly options: HttpServiceOptions) {
    const url = new URL(options.url);
    this.path = url.pathname + url.search;
    this.pool = new Pool(url.origin, {
      connections: options.connections,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxResponseSize: options.maxAnswerBytes,
      connect: { timeout: options.timeoutMs, ...options.tls },
    });
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
    await this.pool.close();
  }

  /** `known` gives the result for responses that are not GraphQL responses, and still to be expected. */
  private async send(
    request: GraphQLRequest,
    { headers, signal }: CallOptions,
    known?: (response: PostResponse) => ExecutionResult | undefined,
  ): Promise<ExecutionResult> {
    const body = JSON.stringify(request);
    const isMutation = request.query.trimStart().startsWith('mutation');
    for (let retries = RETRIES; ; retries--) {
      if (!this.breaker.tryPass() && !(await this.breaker.waitToPass(PATIENCE_MS, signal))) throw this.away();
      try {
        const response = await post(this.pool, {
          path: this.path,
          headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
          body,
          timeoutMs: this.options.timeoutMs,
          signal,
        });
        const result = known?.(response) ?? this.read(response);
        this.breaker.succeeded();
        return result;
      } catch (error) {
        if (signal?.aborted) throw error;
        const { name } = this.options;
        if (error instanceof RequestRefused || error instanceof undiciErrors.ResponseExceededMaxSizeError) {
          this.breaker.succeeded(); // it is there; or else one client's monsters would keep everybody from it
          throw new ApiError('LIMIT_EXCEEDED', `This is too much for ${name}: ${error.message}`);
        }
        this.breaker.failed();
        if (error instanceof PostTimeout) throw new ApiError('TIMEOUT', `${name} did not answer in time.`);
        // A mutation may have happened although no answer came, so that it is sent again only if it never left.
        if (retries === 0 || (isMutation && !isUnsent(error))) throw this.away(error);
        await delay(RETRY_PAUSE_MS * (0.5 + Math.random()), undefined, { signal });
      }
    }
  }

  /** @throws RequestRefused, or where the answer is not a GraphQL response: then a proxy or a dying process has spoken. */
  private read({ status, text }: PostResponse): ExecutionResult {
    if (status === 413 || status === 431) throw new RequestRefused('the request is too long.');
    let result: ExecutionResult | undefined;
    try {
      result = parseExactly(text) as ExecutionResult;
    } catch {
      throw new Error(`${this.options.name} answered with status ${status} and no JSON.`);
    }
    if (typeof result === 'object' && result && ('data' in result || Array.isArray(result.errors))) return result;
    throw new Error(`${this.options.name} answered with status ${status} and no GraphQL response.`);
  }

  private away(cause?: unknown): ApiError {
    const error = new ApiError('SERVICE_UNAVAILABLE', `${this.options.name} is not reachable at the moment.`);
    error.cause = cause;
    return error;
  }
}

/** A service that takes subscriptions over WebSocket alone refuses this one over HTTP, in whatever words: it decides nothing. */
const NO_DECISION: ExecutionResult = {
  errors: [new ApiError('BAD_REQUEST', 'Subscriptions are not served over HTTP.')],
};

/** Statuses by which a server says that it serves no subscriptions here. Others can come from a proxy. */
const NOT_SERVED: ReadonlySet<number> = new Set([400, 404, 405, 406, 415, 426, 501]);

function isNoGraphQL({ status, text }: PostResponse): boolean {
  return NOT_SERVED.has(status) && !text.startsWith('{');
}

function isUnsent(error: unknown): boolean {
  return UNSENT.has((error as NodeJS.ErrnoException).code ?? '');
}
