/**
 * Executes the events of one shared subscription. While a subgraph is briefly unavailable, events wait for it. If it stays
 * unavailable, they no longer wait, and its fields are null with an error, as in a query.
 */
import type { ExecutionResult } from 'graphql';
import type { ExecutionScope } from '../execution/execution-scope';
import { executeEvent, executePlainEvent, type UpstreamEvent, type Variables } from '../execution/executor';
import type { Executors } from '../execution/run';
import { publicError } from '../execution/public-error';
import { parseExactly } from '../supergraph/exact-json';
import type { PreparedOperation } from '../planning/prepared-operation';
import { backOff } from './upstream';

/** How long events wait for an unavailable subgraph after its first failure, in milliseconds. */
const PATIENCE_MS = 10_000;

const UNAVAILABLE_CODES = new Set<unknown>(['SERVICE_UNAVAILABLE', 'TIMEOUT']);

/** The viewer and the subgraph executors for one event. */
export interface EventContext {
  scope: ExecutionScope;
  executors: Executors;
}

export class EventExecution {
  private awaySince?: number;

  constructor(private readonly variables: Variables) {}

  /** Never rejects. `context` returns undefined once the result is no longer needed. */
  async run(
    prepared: PreparedOperation,
    event: ExecutionResult,
    context: () => EventContext | undefined,
  ): Promise<ExecutionResult> {
    // The executor mutates an event's data. An event that needs no other subgraph is never retried.
    const copy = prepared.plans.for(this.variables).step && JSON.stringify(event);
    const first = context();
    let result = first ? await this.attempt(prepared, event, first) : event;
    for (let attempt = 0; copy !== undefined && this.shouldRetry(result, event); attempt++) {
      await backOff(attempt);
      const again = context();
      if (!again) break;
      result = await this.attempt(prepared, parseExactly(copy) as UpstreamEvent, again);
    }
    return result;
  }

  /** As {@link run}, at once, for an event without errors that needs no other subgraph. Leaves the event as it is. */
  runPlain(prepared: PreparedOperation, event: ExecutionResult, scope: ExecutionScope): ExecutionResult {
    try {
      return executePlainEvent(prepared, this.variables, event, scope) as ExecutionResult;
    } catch (error) {
      return failed(error, scope);
    }
  }

  private async attempt(
    prepared: PreparedOperation,
    event: UpstreamEvent,
    { scope, executors }: EventContext,
  ): Promise<ExecutionResult> {
    try {
      if (event.data === undefined && event.errors) {
        return requestError(event.errors, scope, prepared.plans.for(this.variables).primary?.subgraph);
      }
      return (await executeEvent(prepared, this.variables, event, executors, scope)) as ExecutionResult;
    } catch (error) {
      return failed(error, scope);
    }
  }

  /** Errors that came with the event itself are not retried. */
  private shouldRetry({ errors = [] }: ExecutionResult, { errors: own = [] }: ExecutionResult): boolean {
    const isAway =
      errors.length > own.length && errors.some(({ extensions }) => UNAVAILABLE_CODES.has(extensions?.code));
    if (!isAway) {
      this.awaySince = undefined;
      return false;
    }
    this.awaySince ??= performance.now();
    return performance.now() - this.awaySince < PATIENCE_MS;
  }
}

const failed = (error: unknown, scope: ExecutionScope) =>
  ({ data: null, errors: [publicError(error, { scope })] }) as unknown as ExecutionResult;

/** A request error of the subgraph: the response has no `data` (GraphQL specification, 7.1). */
function requestError(
  errors: readonly unknown[],
  scope: ExecutionScope,
  subgraph: string | undefined,
): ExecutionResult {
  return { errors: errors.map((error) => publicError(error, { scope, subgraph })) } as unknown as ExecutionResult;
}
