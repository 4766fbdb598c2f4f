/** Finds the objects that a fetch's data is merged into, and their paths in the response. */
import type { ContextVariable, PathStep } from '../planning/compiled-plan';
import { visitAtPath, type DataObject } from '../planning/rewrite-path';
import type { ErrorPath } from './public-error';

/** A target's path in the response, and its ancestors from the root down. */
export interface Place {
  path: ErrorPath;
  ancestors: readonly DataObject[];
}

/** The path to the current object; tracked only if a caller needs it. */
interface Trail {
  path: (string | number)[];
  ancestors: DataObject[];
}

/** All objects at `path`, without missing ones and nulls. */
export function findTargets(root: DataObject, path: readonly PathStep[]): DataObject[] {
  const targets: DataObject[] = [];
  walk(root, path, 0, (target) => targets.push(target));
  return targets;
}

/** The places of these targets, in the order of {@link findTargets}. Slower, so used only for errors and contexts. */
export function placesOf(root: DataObject, path: readonly PathStep[]): Place[] {
  const places: Place[] = [];
  const trail: Trail = { path: [], ancestors: [] };
  const visit = () => places.push({ path: [...trail.path], ancestors: [...trail.ancestors] });
  walk(root, path, 0, visit, trail);
  return places;
}

/** `from` is the index of the next step. A list consumes the `@` step of its elements. */
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

/** Whether a value satisfies a step's type condition. It does if its type was not selected. */
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
