/** Errors of fetches: maps a subgraph's errors to places in the client's response, and marks the fields that are lost because of them. */
import type { LostValue } from '../planning/lost-values';
import type { FetchStep } from '../planning/compiled-plan';
import type { DataObject } from '../planning/rewrite-path';
import { publicError, type ErrorPath } from './public-error';
import { applyRewrites } from './rewrites';
import type { Run } from './run';
import { findTargets, placesOf } from './targets';

/** A subgraph's error: a graphql-js object within one process, plain JSON over HTTP. */
export interface SubgraphError {
  message: string;
  path?: ErrorPath;
}

/** Adds a subgraph's errors to the run. @returns the reason for each entity that an error made null */
export function takeEntityErrors(
  run: Run,
  fetch: FetchStep,
  waiting: readonly (readonly DataObject[])[],
  found: readonly unknown[],
  errors: readonly unknown[],
): ReadonlyMap<number, LostValue> {
  const reasons = new Map<number, LostValue>();
  const others: unknown[] = [];
  for (const error of errors) {
    const [, position, ...rest] = (error as Partial<SubgraphError> | null)?.path ?? [];
    const targets = typeof position === 'number' ? waiting[position] : undefined;
    if (!targets) others.push(error);
    // If an entity cannot be loaded, each of its lost fields gets the error.
    else if (rest.length === 0) reasons.set(position as number, loss(run, error, fetch.subgraph));
    else reasons.set(position as number, report(run, error, placesInAnswer(run, fetch, targets, rest), fetch.subgraph));
  }
  const unexplained = found.flatMap((entity, index) => (isObject(entity) || reasons.has(index) ? [] : [index]));
  others.forEach((error, index) => {
    if (index > 0 || unexplained.length === 0) return report(run, error, [], fetch.subgraph);
    const reason = loss(run, error, fetch.subgraph);
    for (const position of unexplained) reasons.set(position, reason);
  });
  return reasons;
}

/** Sets the reason in place of the fetch's fields. Data from other subgraphs stays. */
export function lose({ fields, outputRewrites }: FetchStep, targets: readonly DataObject[], reason: LostValue): void {
  for (const target of targets) {
    const object = fields.lost(target.__typename, reason);
    applyRewrites(outputRewrites, object);
    for (const key in object) if (target[key] === undefined) target[key] = object[key];
  }
}

/** An error without a path. It is reported at the fields that are lost because of it. */
export function loss({ losses, scope }: Run, error: unknown, subgraph: string | undefined): LostValue {
  const reason = Symbol('lost');
  losses.set(reason, { error: publicError(error, { scope, subgraph }), isReported: false });
  return reason;
}

/** Adds the error to the response at each of `places`. */
export function report(
  { errors, losses, scope }: Run,
  error: unknown,
  [path, ...others]: readonly ErrorPath[],
  subgraph: string | undefined,
): LostValue {
  const shown = publicError(error, { scope, path, subgraph }); // logged once, even if many places share the entity
  errors.push(shown, ...others.map((other) => ({ ...shown, path: other })));
  const reason = Symbol('lost');
  losses.set(reason, { error: shown, isReported: true });
  return reason;
}

/** The paths of `rest` below each of `targets`. */
function placesInAnswer(run: Run, fetch: FetchStep, targets: readonly DataObject[], rest: ErrorPath): ErrorPath[] {
  const affected = new Set(targets);
  const places = placesOf(run.data, fetch.path);
  return findTargets(run.data, fetch.path).flatMap((target, index) =>
    affected.has(target) ? [[...places[index]!.path, ...rest]] : [],
  );
}

export function isObject(value: unknown): value is DataObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
