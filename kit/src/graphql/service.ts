/** What a subgraph offers to whoever calls it, over HTTP or by function: the one seam between gateway and subgraphs. */
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';

/** A GraphQL request as the GraphQL-over-HTTP specification has it. */
export interface GraphQLRequest {
  query: string;
  operationName?: string;
  variables?: Record<string, unknown>;
}

/** What goes along with a request: lower-case headers (viewer, correlation id, trace) and a way to give up. */
export interface CallOptions {
  headers: Record<string, string>;
  signal?: AbortSignal;
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
  /** Runs a query or mutation. Errors of the operation are in the result; it rejects only where the service is away. */
  execute(request: GraphQLRequest, options: CallOptions): Promise<ExecutionResult>;
  /**
   * Starts a subscription. The stream ends at once on `return()`. It throws {@link StreamFailed} if the service ends it with
   * errors, and anything else if the connection to the service is lost.
   */
  subscribe(request: GraphQLRequest, options: CallOptions): Promise<Subscribed>;
  /**
   * Whether the caller may start this subscription now: the same rules as `subscribe`, without starting it. Only an answer
   * whose extensions have {@link AUTHORIZED} is a decision.
   */
  authorize(request: GraphQLRequest, options: CallOptions): Promise<ExecutionResult>;
}

/**
 * With this header a subgraph does not run the request: `extensions.health` of its answer maps each part
 * that it depends on (PostgreSQL, Redis) to whether that part answers. Services that do not know it answer as ever.
 */
export const HEALTH_HEADER = 'x-health';

/**
 * With this header on a subscription, a subgraph that knows where the stream begins says so first: a result that has neither
 * data nor errors, whose `extensions.startCursor` is the value for the argument that resumes. Others begin with their first event.
 */
export const START_CURSOR_HEADER = 'x-start-cursor';

/**
 * The header by which `authorize` travels over HTTP: the request's operation is a subscription that is only to be checked. A
 * subgraph that knows it says so in its answer, whatever it has decided; the answer of any other says nothing of the kind.
 */
export const AUTHORIZE_ONLY_HEADER = 'x-authorize-only';

/** What the answer to `authorize` has in its extensions where it is one. */
export const AUTHORIZED = { authorizeOnly: true } as const;
