/**
 * Executes prepared operations over subgraphs. Knows plans and data; refuses to know transports, limits or who may what.
 * Everything that goes wrong below is in the result's `errors`, fit for a client.
 */
import { executeSync, type FormattedExecutionResult, type GraphQLFormattedError } from 'graphql';
import type { GraphQLRequest, GraphQLService } from '@chat/kit/graphql/service';
import type { Step } from '../planning/compiled-plan';
import { pathForClient } from '../planning/names-in-data';
import type { PreparedOperation } from '../planning/prepared-operation';
import type { DataObject } from '../planning/rewrite-path';
import type { ShapeProblem } from '../planning/response-shape';
import type { ExecutionScope } from './execution-scope';
import { requestFor, runFetch, type Executors, type Run } from './fetch';
import { publicError } from './public-error';

/** Coerced variables; see `coerceVariables`. */
export type Variables = Readonly<Record<string, unknown>>;

/** Subgraph name → how it is called. */
export type Services = ReadonlyMap<string, GraphQLService>;

/** Runs a query or mutation. Never rejects. */
export async function executeOperation(
  prepared: PreparedOperation,
  variables: Variables,
  services: Services,
  scope: ExecutionScope,
): Promise<FormattedExecutionResult> {
  const run = startRun(prepared, {}, [], variables, services, scope);
  if (prepared.steps.step) await runStep(run, prepared.steps.step);
  return answer(prepared, run);
}

/** What starts the upstream of a subscription: one request to the subgraph that has its root field. */
export function primaryRequest(
  prepared: PreparedOperation,
  variables: Variables,
): { subgraph: string; request: GraphQLRequest } {
  const { primary } = prepared.steps;
  if (!primary) throw new Error('Only a subscription has a primary request.');
  return { subgraph: primary.subgraph, request: requestFor(primary, variables) };
}

/** An upstream's event, as the subgraph sent it. */
export interface UpstreamEvent {
  data?: unknown;
  errors?: readonly unknown[];
}

/**
 * Completes one event of a subscription with what other subgraphs know, and shapes it. Never rejects.
 * Takes `event.data` over: the caller must not use it afterwards.
 */
export async function executeEvent(
  prepared: PreparedOperation,
  variables: Variables,
  event: UpstreamEvent,
  services: Executors,
  scope: ExecutionScope,
): Promise<FormattedExecutionResult> {
  const subgraph = prepared.steps.primary?.subgraph;
  const errors = (event.errors ?? []).map((error) => {
    const { path } = error as GraphQLFormattedError;
    return publicError(error, { scope, path, subgraph });
  });
  const run = startRun(prepared, (event.data ?? {}) as DataObject, errors, variables, services, scope);
  if (prepared.steps.step && event.data) await runStep(run, prepared.steps.step);
  return answer(prepared, run);
}

function startRun(
  prepared: PreparedOperation,
  data: DataObject,
  errors: GraphQLFormattedError[],
  variables: Variables,
  services: Executors,
  scope: ExecutionScope,
): Run {
  return { data, errors, variables, services, scope, sharesEntities: !prepared.steps.hasContexts };
}

function runStep(run: Run, step: Step): Promise<void> | void {
  switch (step.kind) {
    case 'Fetch':
      return runFetch(run, step);
    case 'Sequence':
      return runSequence(run, step.steps);
    case 'Parallel':
      return Promise.all(step.steps.map(async (child) => runStep(run, child))).then(() => undefined);
    case 'Condition': {
      const chosen = run.variables[step.variable] === true ? step.whenTrue : step.whenFalse;
      return chosen && runStep(run, chosen);
    }
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
  const { data, problems } = shape.apply(run.data, run.variables, introspection && introspect(prepared, run));
  const errors = problems.length > 0 ? [...run.errors, ...unexplained(problems, run)] : run.errors;
  return errors.length > 0 ? { errors, data } : { data };
}

/** Where errors are, in the client's names. */
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

/** Errors for nulls that nothing else accounts for: a subgraph left out or broke what the schema promises. */
function unexplained(problems: readonly ShapeProblem[], { errors, scope }: Run): GraphQLFormattedError[] {
  return problems
    .filter(({ path }) => !errors.some((error) => !error.path || areRelated(error.path, path)))
    .map(({ message, path }) => {
      scope.log.warn({ path, problem: message }, 'a subgraph broke the schema');
      return { message, path, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
    });
}

/** Whether one path leads to or through the other. */
function areRelated(left: readonly (string | number)[], right: readonly (string | number)[]): boolean {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) if (left[index] !== right[index]) return false;
  return true;
}
