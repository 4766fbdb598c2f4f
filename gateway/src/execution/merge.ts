/** Merges one subgraph's data into the data of other subgraphs. */
import type { DataObject } from '../planning/rewrite-path';
import { isRawNumber } from '../supergraph/exact-json';

const NONE: ReadonlySet<string> = new Set();

/**
 * Merges `source` into `target` in place, recursively for objects and lists that both have.
 * Parts of `source` become parts of `target` without a copy, so the caller must not use `source` afterwards.
 * `interfaces` are type names that never replace another: a subgraph returns one if it does not know the object's type.
 */
export function mergeInto(target: DataObject, source: DataObject, interfaces: ReadonlySet<string> = NONE): void {
  for (const key in source) {
    const value = source[key];
    if (value === undefined) continue;
    if (value === null || typeof value !== 'object') {
      if (key === '__typename' && interfaces.has(value as string) && target.__typename !== undefined) continue;
      target[key] = value; // most values are leaves, and leaves need no lookup
      continue;
    }
    const existing = target[key];
    // If a response name is an inherited property (`constructor`), the lookup finds a function instead of data.
    if (typeof existing !== 'object' || existing === null || isRawNumber(value) || isRawNumber(existing)) {
      target[key] = value;
    } else if (key === '__proto__') {
      continue; // clients cannot select it, and merging into it would change the prototype of all objects
    } else if (!Array.isArray(value)) {
      if (existing !== value) mergeInto(existing as DataObject, value as DataObject, interfaces);
    } else if (Array.isArray(existing) && existing.length === value.length) {
      mergeLists(existing, value, interfaces);
    } else {
      target[key] = value;
    }
  }
}

function mergeLists(target: unknown[], source: unknown[], interfaces: ReadonlySet<string>): void {
  for (let index = 0; index < source.length; index++) {
    const value = source[index];
    const existing = target[index];
    if (Array.isArray(value) && Array.isArray(existing) && value.length === existing.length) {
      mergeLists(existing, value, interfaces);
    } else if (isMergeable(value) && isMergeable(existing)) {
      mergeInto(existing, value, interfaces);
    } else {
      target[index] = value;
    }
  }
}

function isMergeable(value: unknown): value is DataObject {
  return typeof value === 'object' && value !== null && !isRawNumber(value);
}

/** A deep copy of a subgraph's data: JSON and raw numbers only. */
export function copyOf<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return value;
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  const copy: DataObject = {};
  for (const key in value) if (key !== '__proto__') copy[key] = copyOf(value[key]);
  return copy as Value;
}
