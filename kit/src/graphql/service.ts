/** The interface of a subgraph, over HTTP or by function: the one seam between gateway and subgraphs. */
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';

/** A GraphQL request as the GraphQL-over-HTTP specification has it. */
export interface GraphQLRequest {
  query: string;
  operationName?: string;
  variables?: Record<string, unknown>;
}

/** The context of a request: lower-case headers (viewer, correlation id, trace) and an abort signal. */
export interface CallOptions {
  headers: Record<string, string>;
  signal?: AbortSignal;
  /** Whether the request may wait for some milliseconds, so that others go along with it. Default false. */
  canWait?: boolean;
  /** Whether the caller changes no result of a subscription, so that equal results may be one object. Default false. */
  isReadOnly?: boolean;
}

/**
 * Thrown by a stream that its service ended with errors, before or after its first result. Anything else that a stream throws
 * is a lost connection.
 */
export class StreamFailed extends Error {
  override name = 'StreamFailed';

  constructor(readonly errors: readonly GraphQLFormattedError[]) {
    super(errors[0]?.message ?? 'The subgraph ended the subscription with an error.');
  }
}

/** The outcome of `subscribe`: a stream, or the errors for which there is none. */
export type Subscribed = AsyncIterableIterator<ExecutionResult> | { errors: NonNullable<ExecutionResult['errors']> };

export interface GraphQLService {
  /** Runs a query or mutation. Errors of the operation are in the result; it rejects only if the service cannot be reached. */
  execute(request: GraphQLRequest, options: CallOptions): Promise<ExecutionResult>;
  /**
   * Starts a subscription. The stream ends at once on `return()`. It throws {@link StreamFailed} if the service ends it with
   * errors, and anything else if the connection to the service is lost.
   */
  subscribe(request: GraphQLRequest, options: CallOptions): Promise<Subscribed>;
  /**
   * Whether the caller may start this subscription now: the same rules as `subscribe`, without starting it. An answer is a
   * decision only if its extensions have {@link AUTHORIZED}.
   */
  authorize(request: GraphQLRequest, options: CallOptions): Promise<ExecutionResult>;
}

/**
 * With this header a subgraph does not run the request: `extensions.health` of its answer maps each part
 * that it depends on (PostgreSQL, Redis) to whether that part answers. Services that do not know the header run the request.
 */
export const HEALTH_HEADER = 'x-health';

/**
 * With this header on a subscription, a subgraph confirms first that the stream is live, in a result without data and errors:
 * `extensions.startCursor` is the value for the argument that resumes, or null if the stream cannot be resumed. Subgraphs that do
 * not know the header begin with their first event.
 */
export const START_CURSOR_HEADER = 'x-start-cursor';

/**
 * The header of `authorize` over HTTP: the request's operation is a subscription, and the subgraph only checks it. A subgraph
 * that knows the header marks its answer with {@link AUTHORIZED}, for either decision.
 */
export const AUTHORIZE_ONLY_HEADER = 'x-authorize-only';

/** The mark of an answer to `authorize`, in its extensions. */
export const AUTHORIZED = { authorizeOnly: true } as const;
