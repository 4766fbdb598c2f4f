/**
 * Executes prepared operations over subgraphs. Transports, limits and access rules are not handled here. Failures appear in the
 * result's `errors`, masked for clients.
 */
import { executeSync, type ExecutionResult, type FormattedExecutionResult, type GraphQLFormattedError } from 'graphql';
import type { GraphQLRequest, GraphQLService } from '@chat/kit/graphql/service';
import type { CompiledPlan, Step } from '../planning/compiled-plan';
import { isLost, type Loss } from '../planning/lost-values';
import { pathForClient } from '../planning/names-in-data';
import type { PreparedOperation } from '../planning/prepared-operation';
import type { DataObject } from '../planning/rewrite-path';
import type { ShapeProblem } from '../planning/object-shaper';
import type { ExecutionScope } from './execution-scope';
import { lose } from './fetch-errors';
import { requestFor, runFetch, takeRoot } from './fetch';
import type { Executors, Run } from './run';
import { publicError } from './public-error';

/** Coerced variables; see `coerceVariables`. */
export type Variables = Readonly<Record<string, unknown>>;

/** Subgraph name → its service. */
export type Services = ReadonlyMap<string, GraphQLService>;

/** Runs a query or mutation. Never rejects. */
export async function executeOperation(
  prepared: PreparedOperation,
  variables: Variables,
  services: Services,
  scope: ExecutionScope,
): Promise<FormattedExecutionResult> {
  let plan: CompiledPlan;
  try {
    if (prepared.makePlans) await prepared.makePlans(variables);
    plan = prepared.plans.for(variables);
  } catch (error) {
    return { errors: [publicError(error, { scope })] };
  }
  const run = startRun(prepared, plan, variables, services, scope);
  if (plan.step) await runStep(run, plan.step);
  return answer(prepared, run);
}

/** The request that starts a subscription's upstream, sent to the subgraph of the root field. */
export function primaryRequest(
  prepared: PreparedOperation,
  variables: Variables,
): { subgraph: string; request: GraphQLRequest } {
  const { primary } = prepared.plans.for(variables);
  if (!primary) throw new Error('Only a subscription has a primary request.');
  return { subgraph: primary.subgraph, request: requestFor(primary, variables) };
}

/** An upstream event as the subgraph sent it. */
export interface UpstreamEvent {
  data?: unknown;
  errors?: readonly unknown[];
}

/**
 * Completes a subscription event with data from other subgraphs and shapes the result. Never rejects.
 * `event.data` is modified in place: the caller must not use it afterwards.
 */
export async function executeEvent(
  prepared: PreparedOperation,
  variables: Variables,
  event: UpstreamEvent,
  services: Executors,
  scope: ExecutionScope,
): Promise<FormattedExecutionResult> {
  const run = startEvent(prepared, variables, event, services, scope);
  const { step } = prepared.plans.for(variables);
  if (step && run.isThere) await runStep(run, step);
  return answer(prepared, run);
}

/** As {@link executeEvent}, for an operation that needs no other subgraph. The data of the event stay as they are. */
export function executePlainEvent(
  prepared: PreparedOperation,
  variables: Variables,
  event: UpstreamEvent,
  scope: ExecutionScope,
): FormattedExecutionResult {
  return answer(prepared, startEvent(prepared, variables, event, NO_EXECUTORS, scope));
}

const NO_EXECUTORS: Executors = new Map();

/** A run with the data of an event, if it has any. */
function startEvent(
  prepared: PreparedOperation,
  variables: Variables,
  event: UpstreamEvent,
  services: Executors,
  scope: ExecutionScope,
): Run & { isThere: boolean } {
  const plan = prepared.plans.for(variables);
  const { primary } = plan;
  const run = Object.assign(startRun(prepared, plan, variables, services, scope), { isThere: true });
  const data = takeRoot(run, event as ExecutionResult, primary?.subgraph, (path) => [path]);
  run.isThere = !isLost(data);
  if (!isLost(data)) run.data = data;
  else if (primary) lose(primary, [run.data], data);
  return run;
}

function startRun(
  { supergraph: { interfaceObjects } }: PreparedOperation,
  { hasContexts }: CompiledPlan,
  variables: Variables,
  services: Executors,
  scope: ExecutionScope,
): Run {
  return {
    data: {},
    errors: [],
    losses: new Map(),
    interfaceObjects,
    variables,
    services,
    scope,
    sharesEntities: !hasContexts,
  };
}

function runStep(run: Run, step: Step): Promise<void> | void {
  switch (step.kind) {
    case 'Fetch':
      return runFetch(run, step);
    case 'Sequence':
      return runSequence(run, step.steps);
    case 'Parallel':
      return Promise.all(step.steps.map(async (child) => runStep(run, child))).then(() => undefined);
  }
}

async function runSequence(run: Run, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (run.scope.signal?.aborted) return;
    await runStep(run, step);
  }
}

function answer(prepared: PreparedOperation, run: Run): FormattedExecutionResult {
  const { shape, introspection, hasOtherNames } = prepared;
  if (hasOtherNames) renamePaths(run.errors);
  const introspected = introspection && introspect(prepared, run);
  const { data, problems } = shape.apply(run.data, run.variables, run.losses, introspected);
  const errors = problems.length > 0 ? [...run.errors, ...unexplained(problems, run)] : run.errors;
  return errors.length > 0 ? { errors, data } : { data };
}

/** Translates error paths to the client's response names. */
function renamePaths(errors: GraphQLFormattedError[]): void {
  errors.forEach((error, index) => {
    if (error.path) errors[index] = { ...error, path: pathForClient(error.path) };
  });
}

function introspect({ supergraph, introspection }: PreparedOperation, run: Run): DataObject {
  const result = executeSync({
    schema: supergraph.apiSchema,
    document: introspection!,
    variableValues: run.variables,
  });
  for (const error of result.errors ?? []) run.errors.push(publicError(error, { scope: run.scope, path: error.path }));
  return result.data ?? {};
}

/** Paths reported for one failure at most. If a subgraph is down, thousands may be affected. */
const MAX_PLACES = 500;

/** Errors for nulls that no other error explains. */
function unexplained(problems: readonly ShapeProblem[], { errors, scope }: Run): GraphQLFormattedError[] {
  const told = new Map<Loss, number>();
  return problems.flatMap(({ message, path, loss }): GraphQLFormattedError[] => {
    const isExplained = errors.some((error) => (error.path ? areRelated(error.path, path) : !loss));
    if (loss) {
      const places = told.get(loss) ?? 0;
      if (places >= MAX_PLACES || (loss.isReported && isExplained)) return [];
      told.set(loss, places + 1);
      return [{ ...loss.error, path }];
    }
    if (isExplained) return [];
    scope.log.warn({ path, problem: message }, 'a subgraph broke the schema');
    return [{ message, path, extensions: { code: 'INTERNAL_SERVER_ERROR' } }];
  });
}

/** Whether one path is a prefix of the other. */
function areRelated(left: readonly (string | number)[], right: readonly (string | number)[]): boolean {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) if (left[index] !== right[index]) return false;
  return true;
}
