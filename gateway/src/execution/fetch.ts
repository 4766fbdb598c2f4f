/** Runs one fetch of a plan: calls the subgraph, merges its data and maps its errors to the client's response. */
import type { ExecutionResult } from 'graphql';
import { ApiError } from '@chat/kit/errors';
import type { GraphQLRequest } from '@chat/kit/graphql/service';
import type { FetchStep } from '../planning/compiled-plan';
import { ABSENT, isLost, NOT_FOUND, type LostValue } from '../planning/lost-values';
import type { DataObject } from '../planning/rewrite-path';
import { isObject, lose, loss, report, takeEntityErrors, type SubgraphError } from './fetch-errors';
import { copyOf, mergeInto } from './merge';
import type { ErrorPath } from './public-error';
import { applyRewrites } from './rewrites';
import type { Run } from './run';
import { contextValues, findTargets, placesOf, type Place } from './targets';

export function requestFor(fetch: FetchStep, variables: Readonly<Record<string, unknown>>): GraphQLRequest {
  const used: Record<string, unknown> = {};
  for (const name of fetch.variables) if (variables[name] !== undefined) used[name] = variables[name];
  return { query: fetch.query, operationName: fetch.operationName, variables: used };
}

/** Never rejects. If the fetch fails, its fields are marked as lost. */
export function runFetch(run: Run, fetch: FetchStep): Promise<void> | void {
  const targets = fetch.path.length === 0 ? [run.data] : findTargets(run.data, fetch.path);
  if (targets.length === 0) return;
  if (!fetch.representations) return fetchRoot(run, fetch, targets);
  if (fetch.contexts.length === 0) return fetchEntities(run, fetch, targets, {});
  return fetchInContexts(run, fetch, targets);
}

async function fetchInContexts(run: Run, fetch: FetchStep, targets: readonly DataObject[]): Promise<void> {
  const groups = groupByContext(fetch, placesOf(run.data, fetch.path), targets);
  await Promise.all(
    groups.map(async ({ members, context }) => {
      const missing = Object.values(context).find(isLost);
      if (missing) lose(fetch, members, missing);
      else await fetchEntities(run, fetch, members, context);
    }),
  );
}

async function fetchRoot(run: Run, fetch: FetchStep, targets: readonly DataObject[]): Promise<void> {
  const result = await ask(run, fetch, requestFor(fetch, run.variables));
  if (isLost(result)) return lose(fetch, targets, result);
  const place = (path: ErrorPath) => {
    const at = fetch.path.length === 0 ? [] : (placesOf(run.data, fetch.path)[0]?.path ?? []);
    return [[...at, ...path]];
  };
  const data = takeRoot(run, result, fetch.subgraph, place);
  if (isLost(data)) return lose(fetch, targets, data);
  applyRewrites(fetch.outputRewrites, data);
  targets.forEach((target, index) => mergeInto(target, index === 0 ? data : copyOf(data), run.interfaceObjects));
}

/** The data of a response with root fields, or the reason for its absence. Its errors are added to the run. */
export function takeRoot(
  run: Run,
  { data, errors }: ExecutionResult,
  subgraph: string | undefined,
  place: (path: ErrorPath) => readonly ErrorPath[],
): DataObject | LostValue {
  const isThere = isObject(data);
  let reason: LostValue | undefined;
  for (const error of listOf(errors)) {
    const { path } = (error ?? {}) as Partial<SubgraphError>;
    const isPlaced = Array.isArray(path) && path.length > 0;
    if (isPlaced || isThere) reason = report(run, error, isPlaced ? place(path) : [], subgraph);
    else reason ??= loss(run, error, subgraph);
  }
  if (isThere) return data;
  return reason ?? loss(run, new Error(`${subgraph} returned neither data nor errors.`), subgraph);
}

async function fetchEntities(
  run: Run,
  fetch: FetchStep,
  entities: readonly DataObject[],
  context: DataObject,
): Promise<void> {
  const { representations, waiting, left } = fetch.representations!.collect(entities, (representation) =>
    applyRewrites(fetch.inputRewrites, representation),
  );
  for (const { entity, reason } of left) if (reason !== ABSENT) lose(fetch, [entity], reason);
  if (representations.length === 0) return;
  const request = requestFor(fetch, run.variables);
  Object.assign(request.variables!, context, { representations });
  const result = await ask(run, fetch, request);
  if (isLost(result)) return waiting.forEach((targets) => lose(fetch, targets, result));
  const found = result.data?._entities;
  const errors = listOf(result.errors);
  if (Array.isArray(found) ? found.length !== waiting.length : errors.length === 0) {
    const reason = loss(run, new Error(`Expected ${waiting.length} entities in the response.`), fetch.subgraph);
    return waiting.forEach((targets) => lose(fetch, targets, reason));
  }
  const list: readonly unknown[] = Array.isArray(found) ? found : waiting.map(() => null);
  const reasons = errors.length > 0 ? takeEntityErrors(run, fetch, waiting, list, errors) : undefined;
  const merge = run.sharesEntities && fetch.mergeLeaves ? mergeLeaves : mergeEntity;
  for (let index = 0; index < list.length; index++) {
    const entity = list[index];
    if (isObject(entity)) merge(run, fetch, entity, waiting[index]!);
    else lose(fetch, waiting[index]!, reasons?.get(index) ?? NOT_FOUND);
  }
}

function mergeLeaves(
  { interfaceObjects }: Run,
  fetch: FetchStep,
  entity: DataObject,
  targets: readonly DataObject[],
): void {
  for (const target of targets) fetch.mergeLeaves!(target, entity, interfaceObjects);
}

function mergeEntity(run: Run, fetch: FetchStep, entity: DataObject, targets: readonly DataObject[]): void {
  const first = targets[0]!;
  entity.__typename ??= first.__typename;
  applyRewrites(fetch.outputRewrites, entity);
  // The first merge moves parts of the entity, so copies are made before it.
  for (let other = 1; other < targets.length; other++) {
    mergeInto(targets[other]!, run.sharesEntities ? entity : copyOf(entity), run.interfaceObjects);
  }
  mergeInto(first, entity, run.interfaceObjects);
}

/** @returns the reason if there is no response */
async function ask(run: Run, fetch: FetchStep, request: GraphQLRequest): Promise<ExecutionResult | LostValue> {
  const { scope } = run;
  const { subgraph } = fetch;
  try {
    const service = run.services.get(subgraph);
    if (!service) throw new ApiError('SERVICE_UNAVAILABLE', `The subgraph ${subgraph} has no service.`);
    const result: unknown = await service.execute(request, scope);
    if (!isObject(result)) throw new Error(`${subgraph} did not return a GraphQL response.`);
    return result;
  } catch (error) {
    if (scope.signal?.aborted) return NOT_FOUND; // the request was aborted
    return loss(run, error, subgraph);
  }
}

/** Groups entities by the values of their context variables. */
function groupByContext(
  fetch: FetchStep,
  places: readonly Place[],
  targets: readonly DataObject[],
): { members: DataObject[]; context: DataObject }[] {
  const groups = new Map<string, { members: DataObject[]; context: DataObject }>();
  targets.forEach((target, index) => {
    const context = contextValues(fetch.contexts, places[index]!);
    const key = Object.values(context).some(isLost) ? `lost ${index}` : JSON.stringify(context);
    const group = groups.get(key);
    if (group) group.members.push(target);
    else groups.set(key, { members: [target], context });
  });
  return [...groups.values()];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
