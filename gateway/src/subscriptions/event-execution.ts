/**
 * Executes the events of one shared subscription. A subgraph that is away for a moment delays them and does not spoil
 * them; one that stays away no longer delays anything, and its fields are null with an error, as in a query.
 */
import type { ExecutionResult } from 'graphql';
import type { ExecutionScope } from '../execution/execution-scope';
import { executeEvent, type UpstreamEvent, type Variables } from '../execution/executor';
import type { Executors } from '../execution/fetch';
import { publicError } from '../execution/public-error';
import { parseExactly } from '../supergraph/exact-json';
import type { PreparedOperation } from '../planning/prepared-operation';
import { backOff } from './upstream';

/** How long after the first failure events still wait for a subgraph, in milliseconds. */
const PATIENCE_MS = 10_000;

const AWAY = new Set<unknown>(['SERVICE_UNAVAILABLE', 'TIMEOUT']);

/** On whose behalf an event is completed, and how subgraphs are asked for them. */
export interface Behalf {
  scope: ExecutionScope;
  executors: Executors;
}

export class EventExecution {
  private awaySince?: number;

  constructor(private readonly variables: Variables) {}

  /** Never rejects. `behalf` gives whoever is there to ask for; it gives nobody where the result is no longer wanted. */
  async run(
    prepared: PreparedOperation,
    event: ExecutionResult,
    behalf: () => Behalf | undefined,
  ): Promise<ExecutionResult> {
    // The executor takes an event's data over, and an event whose fields are all of one subgraph needs no second try.
    const copy = prepared.plans.for(this.variables).step && JSON.stringify(event);
    const first = behalf();
    let result = first ? await this.attempt(prepared, event, first) : event;
    for (let attempt = 0; copy !== undefined && this.isWorthWaiting(result, event); attempt++) {
      await backOff(attempt);
      const again = behalf();
      if (!again) break;
      result = await this.attempt(prepared, parseExactly(copy) as UpstreamEvent, again);
    }
    return result;
  }

  private async attempt(
    prepared: PreparedOperation,
    event: UpstreamEvent,
    { scope, executors }: Behalf,
  ): Promise<ExecutionResult> {
    try {
      if (event.data === undefined && event.errors) {
        return requestError(event.errors, scope, prepared.plans.for(this.variables).primary?.subgraph);
      }
      return (await executeEvent(prepared, this.variables, event, executors, scope)) as ExecutionResult;
    } catch (error) {
      return { data: null, errors: [publicError(error, { scope })] } as unknown as ExecutionResult;
    }
  }

  /** Errors that the event brought along are its own, and waiting mends nothing. */
  private isWorthWaiting({ errors = [] }: ExecutionResult, { errors: own = [] }: ExecutionResult): boolean {
    const isAway = errors.length > own.length && errors.some(({ extensions }) => AWAY.has(extensions?.code));
    if (!isAway) {
      this.awaySince = undefined;
      return false;
    }
    this.awaySince ??= Date.now();
    return Date.now() - this.awaySince < PATIENCE_MS;
  }
}

/** An error that a subgraph raised before execution: its response has no `data` (GraphQL, 7.1). */
function requestError(
  errors: readonly unknown[],
  scope: ExecutionScope,
  subgraph: string | undefined,
): ExecutionResult {
  return { errors: errors.map((error) => publicError(error, { scope, subgraph })) } as unknown as ExecutionResult;
}
