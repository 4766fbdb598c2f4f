/** Runs one fetch of a plan: asks the subgraph, puts its data where it belongs and its errors where the client looks. */
import type { GraphQLFormattedError } from 'graphql';
import { ApiError } from '@chat/kit/errors';
import type { GraphQLRequest, GraphQLService } from '@chat/kit/graphql/service';
import type { FetchStep } from '../planning/compiled-plan';
import type { DataObject } from '../planning/rewrite-path';
import type { ExecutionScope } from './execution-scope';
import { mergeInto } from './merge';
import { publicError, type ErrorPath } from './public-error';
import { applyRewrites } from './rewrites';
import { contextValues, findTargets, placesOf, type Place } from './targets';

/** How subgraphs are asked, by name. */
export interface Executors {
  get(subgraph: string): Pick<GraphQLService, 'execute'> | undefined;
}

/** One operation's run: what its fetches share. */
export interface Run {
  readonly data: DataObject;
  readonly errors: GraphQLFormattedError[];
  /** Coerced variables. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly services: Executors;
  readonly scope: ExecutionScope;
  /** Whether equal entities may share one object; not where they differ by where they stand. */
  readonly sharesEntities: boolean;
}

/** An error as a subgraph gives it: an object of graphql-js in one process, plain JSON over HTTP. */
interface SubgraphError {
  message: string;
  path?: ErrorPath;
}

export function requestFor(fetch: FetchStep, variables: Readonly<Record<string, unknown>>): GraphQLRequest {
  const used: Record<string, unknown> = {};
  for (const name of fetch.variables) if (variables[name] !== undefined) used[name] = variables[name];
  return { query: fetch.query, operationName: fetch.operationName, variables: used };
}

/** Never rejects: what goes wrong is in `run.errors`, and the data stays away. */
export function runFetch(run: Run, fetch: FetchStep): Promise<void> | void {
  const targets = fetch.path.length === 0 ? [run.data] : findTargets(run.data, fetch.path);
  if (targets.length === 0) return;
  if (!fetch.representations) return fetchRoot(run, fetch, targets);
  if (fetch.contexts.length === 0) return fetchEntities(run, fetch, targets, {});
  return fetchInContexts(run, fetch, targets);
}

async function fetchInContexts(run: Run, fetch: FetchStep, targets: readonly DataObject[]): Promise<void> {
  const groups = groupByContext(fetch, placesOf(run.data, fetch.path), targets);
  await Promise.all(groups.map(async ({ members, context }) => fetchEntities(run, fetch, members, context)));
}

function fetchRoot(run: Run, fetch: FetchStep, targets: readonly DataObject[]): Promise<void> {
  const place = (path: ErrorPath) => {
    const at = fetch.path.length === 0 ? [] : (placesOf(run.data, fetch.path)[0]?.path ?? []);
    return [[...at, ...path]];
  };
  return ask(run, fetch, requestFor(fetch, run.variables), place, (data) => {
    applyRewrites(fetch.outputRewrites, data);
    targets.forEach((target, index) => mergeInto(target, index === 0 ? data : structuredClone(data)));
  });
}

function fetchEntities(
  run: Run,
  fetch: FetchStep,
  entities: readonly DataObject[],
  context: DataObject,
): Promise<void> | void {
  const { representations, waiting } = fetch.representations!.collect(entities, (representation) =>
    applyRewrites(fetch.inputRewrites, representation),
  );
  if (representations.length === 0) return;
  const request = requestFor(fetch, run.variables);
  Object.assign(request.variables!, context, { representations });
  const place = (path: ErrorPath) => placesInAnswer(run, fetch, waiting, path);
  return ask(run, fetch, request, place, ({ _entities: found }) => {
    if (!Array.isArray(found) || found.length !== waiting.length) {
      throw new Error(`Expected ${waiting.length} entities in the answer.`);
    }
    const merge = run.sharesEntities && fetch.mergeLeaves ? mergeLeaves : mergeEntity;
    for (let index = 0; index < found.length; index++) {
      const entity: unknown = found[index];
      if (typeof entity === 'object' && entity) merge(run, fetch, entity as DataObject, waiting[index]!);
    }
  });
}

function mergeLeaves(_run: Run, fetch: FetchStep, entity: DataObject, targets: readonly DataObject[]): void {
  for (const target of targets) fetch.mergeLeaves!(target, entity);
}

function mergeEntity(run: Run, fetch: FetchStep, entity: DataObject, targets: readonly DataObject[]): void {
  const first = targets[0]!;
  entity.__typename ??= first.__typename;
  applyRewrites(fetch.outputRewrites, entity);
  // Copies are made before the first merge, which takes the entity's parts over.
  for (let other = 1; other < targets.length; other++) {
    mergeInto(targets[other]!, run.sharesEntities ? entity : structuredClone(entity));
  }
  mergeInto(first, entity);
}

/**
 * Gives the subgraph's data to `use`, if there is any; what that throws is an error of the answer's like any other.
 * `place` says where in the answer an error of the subgraph's belongs.
 */
async function ask(
  run: Run,
  fetch: FetchStep,
  request: GraphQLRequest,
  place: (path: ErrorPath) => readonly ErrorPath[],
  use: (data: DataObject) => void,
): Promise<void> {
  const { scope } = run;
  const { subgraph } = fetch;
  try {
    const service = run.services.get(subgraph);
    if (!service) throw new ApiError('SERVICE_UNAVAILABLE', `No service is known for the subgraph ${subgraph}.`);
    const result = await service.execute(request, scope);
    for (const error of (result.errors ?? []) as readonly SubgraphError[]) {
      const [path, ...others] = error.path ? place(error.path) : [];
      const shown = publicError(error, { scope, path, subgraph }); // logged once, however many places wait for the entity
      run.errors.push(shown, ...others.map((other) => ({ ...shown, path: other })));
    }
    if (result.data) use(result.data);
  } catch (error) {
    if (scope.signal?.aborted) return; // nobody waits for the answer any more
    run.errors.push(publicError(error, { scope, subgraph }));
  }
}

/** `_entities.<n>.…` of a subgraph's error, for each place in the answer that waits for representation n. */
function placesInAnswer(
  run: Run,
  fetch: FetchStep,
  waiting: readonly (readonly DataObject[])[],
  [, position, ...rest]: ErrorPath,
): ErrorPath[] {
  if (typeof position !== 'number') return [fetch.path.flatMap(({ key }) => (key && key !== '@' ? key : []))];
  const affected = new Set(waiting[position]);
  const places = placesOf(run.data, fetch.path);
  return findTargets(run.data, fetch.path).flatMap((target, index) =>
    affected.has(target) ? [[...places[index]!.path, ...rest]] : [],
  );
}

/** Entities whose context variables have the same values, together. */
function groupByContext(
  fetch: FetchStep,
  places: readonly Place[],
  targets: readonly DataObject[],
): { members: DataObject[]; context: DataObject }[] {
  const groups = new Map<string, { members: DataObject[]; context: DataObject }>();
  targets.forEach((target, index) => {
    const context = contextValues(fetch.contexts, places[index]!);
    const key = JSON.stringify(context);
    const group = groups.get(key);
    if (group) group.members.push(target);
    else groups.set(key, { members: [target], context });
  });
  return [...groups.values()];
}
