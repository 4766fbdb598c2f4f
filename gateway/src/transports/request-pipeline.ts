/** The way of every operation, whatever transport it came in by: who asks, how often, how much, and then its execution. */
import { GraphQLError, type FormattedExecutionResult, type GraphQLFormattedError } from 'graphql';
import { clientHeaders, type Client } from '@chat/kit/auth/client';
import type { Viewer } from '@chat/kit/auth/viewer';
import { VIEWER_HEADER, type ViewerHeader } from '@chat/kit/auth/viewer-header';
import { CORRELATION_HEADER, type Logger } from '@chat/kit/logging';
import type { Authenticator } from '../auth/authenticator';
import type { ExecutionScope } from '../execution/execution-scope';
import { executeOperation, type Services } from '../execution/executor';
import type { Allowance, RateLimiter } from '../limits/rate-limiter';
import { coerceVariables } from '../planning/coerce-variables';
import type { OperationPreparer } from '../planning/prepare';
import type { PreparedOperation } from '../planning/prepared-operation';
import type { SupergraphSource } from '../supergraph/source';

/** Who an operation is done for, established once per request or connection. */
export interface Caller {
  viewer: Viewer | null;
  client: Client;
  /** Whose allowance an operation is taken from. */
  rateKey: string;
}

/** One operation as a client asks for it. */
export interface OperationRequest {
  query: string;
  operationName?: string | null;
  variables?: unknown;
}

/** An operation that may run. */
export interface Admitted {
  prepared: PreparedOperation;
  /** Coerced. */
  variables: Record<string, unknown>;
}

/** Why an operation may not run; fit for the client. */
export interface Refused {
  errors: readonly GraphQLFormattedError[];
}

export interface PipelineDeps {
  source: SupergraphSource;
  services: Services;
  authenticator: Authenticator;
  /** Absent where there is no SECRET_KEY: then no viewer is passed on. */
  viewerHeader?: ViewerHeader;
  preparer: OperationPreparer;
  rateLimiter: RateLimiter;
  log: Logger;
}

export class RequestPipeline {
  constructor(private readonly deps: PipelineDeps) {}

  get log(): Logger {
    return this.deps.log;
  }

  /** The caller that a token and an address stand for. @throws UNAUTHENTICATED where a token came that is not valid. */
  async identify(token: string | undefined, client: Client): Promise<Caller> {
    const viewer = await this.deps.authenticator.authenticate(token);
    return { viewer, client, rateKey: rateKey(viewer, token, client) };
  }

  /** Counts operations before anything is done for them. @throws RATE_LIMITED */
  count(caller: Caller, operations = 1): Promise<Allowance | undefined> {
    return this.deps.rateLimiter.take(caller.rateKey, operations);
  }

  /** Parses, measures, validates, plans and coerces; all of it remembered except the variables. */
  admit({ query, operationName, variables }: OperationRequest): Admitted | Refused {
    const prepared = this.deps.preparer.prepare(this.deps.source.current, { query, operationName });
    if ('errors' in prepared) return { errors: prepared.errors.map(format) };
    const coerced = coerceVariables(prepared, variables);
    if ('errors' in coerced) return { errors: coerced.errors.map(format) };
    return { prepared, variables: coerced.variables };
  }

  /** What goes along with an operation's requests to subgraphs. `traceparent` continues a client's trace. */
  scopeFor(
    { viewer, client }: Caller,
    { correlationId, traceparent, signal }: { correlationId: string; traceparent?: string; signal?: AbortSignal },
  ): ExecutionScope {
    const headers: Record<string, string> = { [CORRELATION_HEADER]: correlationId, ...clientHeaders(client) };
    if (this.deps.viewerHeader) headers[VIEWER_HEADER] = this.deps.viewerHeader.sign(viewer);
    if (traceparent) headers.traceparent = traceparent;
    return { viewer, headers, signal, log: this.deps.log };
  }

  /** Runs a query or mutation that was admitted. Never rejects; subscriptions are started elsewhere. */
  async run({ prepared, variables }: Admitted, scope: ExecutionScope): Promise<FormattedExecutionResult> {
    return executeOperation(prepared, variables, this.deps.services, scope);
  }
}

/** API keys are counted one by one; logins of one account together; everybody else by address. */
function rateKey(viewer: Viewer | null, token: string | undefined, { address }: Client): string {
  if (!viewer) return `address:${address ?? 'unknown'}`;
  return token && token.split('.').length === 3 ? `viewer:${viewer.id}` : `key:${viewer.sessionId}`;
}

function format(error: GraphQLError): GraphQLFormattedError {
  return error.toJSON();
}
