/** Puts one subgraph's data into what others have given for the same place. */
import type { DataObject } from '../planning/rewrite-path';
import { isRawNumber } from '../supergraph/exact-json';

const NONE: ReadonlySet<string> = new Set();

/**
 * Takes over `source`'s values into `target`, in place; objects and lists that both have are merged.
 * Parts of `source` become parts of `target` without a copy, so the caller must not use `source` afterwards.
 * `interfaces`: type names that never replace another, as subgraphs give them to objects whose type they do not know.
 */
export function mergeInto(target: DataObject, source: DataObject, interfaces: ReadonlySet<string> = NONE): void {
  for (const key in source) {
    const value = source[key];
    if (value === undefined) continue;
    if (value === null || typeof value !== 'object') {
      if (key === '__typename' && interfaces.has(value as string) && target.__typename !== undefined) continue;
      target[key] = value; // most are leaves, and what they replace need not be looked up
      continue;
    }
    const existing = target[key];
    // A response name may be one that every object inherits (`constructor`): what is found there is a function, and no data.
    if (typeof existing !== 'object' || existing === null || isRawNumber(value) || isRawNumber(existing)) {
      target[key] = value;
    } else if (key === '__proto__') {
      continue; // no client can ask for it, and what it leads to belongs to all objects
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

/** A copy of what a subgraph gave: nothing but JSON, and raw numbers. */
export function copyOf<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return value;
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  const copy: DataObject = {};
  for (const key in value) if (key !== '__proto__') copy[key] = copyOf(value[key]);
  return copy as Value;
}
