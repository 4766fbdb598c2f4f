/** Finds the objects that a fetch's data belongs to, and where they stand in the answer. */
import type { ContextVariable, PathStep } from '../planning/compiled-plan';
import { visitAtPath, type DataObject } from '../planning/rewrite-path';
import type { ErrorPath } from './public-error';

/** Where a target stands in the answer, and the objects above it by which it was reached, nearest last. */
export interface Place {
  path: ErrorPath;
  ancestors: readonly DataObject[];
}

/** The way to the object that is being looked at; only kept where somebody needs it. */
interface Trail {
  path: (string | number)[];
  ancestors: DataObject[];
}

/** All objects at `path`; missing ones and nulls are left out. */
export function findTargets(root: DataObject, path: readonly PathStep[]): DataObject[] {
  const targets: DataObject[] = [];
  walk(root, path, 0, (target) => targets.push(target));
  return targets;
}

/** The places of the same targets in the same order as {@link findTargets}. Slower: for errors and contexts. */
export function placesOf(root: DataObject, path: readonly PathStep[]): Place[] {
  const places: Place[] = [];
  const trail: Trail = { path: [], ancestors: [] };
  const visit = () => places.push({ path: [...trail.path], ancestors: [...trail.ancestors] });
  walk(root, path, 0, visit, trail);
  return places;
}

/** `from` is the step that leads on from `value`. A list takes up the `@` that stands for its elements. */
function walk(
  value: unknown,
  path: readonly PathStep[],
  from: number,
  visit: (target: DataObject) => void,
  trail?: Trail,
): void {
  if (value === null || typeof value !== 'object') return;
  const step = path[from];
  if (Array.isArray(value)) {
    const isMarked = step?.key === '@';
    for (let index = 0; index < value.length; index++) {
      if (isMarked && !fits(value[index], step)) continue;
      trail?.path.push(index);
      walk(value[index], path, isMarked ? from + 1 : from, visit, trail);
      trail?.path.pop();
    }
    return;
  }
  const object = value as DataObject;
  if (!step) return visit(object);
  if (step.key === '') {
    if (fits(object, step)) walk(object, path, from + 1, visit, trail);
    return;
  }
  const next = object[step.key];
  if (!Array.isArray(next) && !fits(next, step)) return;
  trail?.path.push(step.key);
  trail?.ancestors.push(object);
  walk(next, path, from + 1, visit, trail);
  trail?.path.pop();
  trail?.ancestors.pop();
}

/** Whether a step's type condition lets a value through; one whose type was not asked for fits. */
function fits(value: unknown, { types }: PathStep): boolean {
  if (!types) return true;
  const typeName = (value as DataObject | null | undefined)?.__typename;
  return typeof typeName !== 'string' || types.has(typeName);
}

/** The values of a fetch's context variables for one target. */
export function contextValues(contexts: readonly ContextVariable[], { ancestors }: Place): DataObject {
  const values: DataObject = {};
  for (const { name, up, down } of contexts) {
    const last = down.at(-1);
    if (last?.kind !== 'Field') continue;
    visitAtPath(ancestors.at(-up), down.slice(0, -1), (object) => {
      values[name] = object[last.name];
    });
  }
  return values;
}
