/**
 * Generates a function that merges entities with leaves only, which most entities of a list are. Its keys are written out, since
 * assigning them in a loop takes several times as long.
 */
import { isSafeKey } from './object-shaper';
import type { DataObject } from './rewrite-path';

/** `interfaces` are those of `mergeInto`. */
export type MergeLeaves = (target: DataObject, source: DataObject, interfaces: ReadonlySet<string>) => void;

/** Undefined if a name would reach the prototype. */
export function compileLeafMerge(keys: readonly string[]): MergeLeaves | undefined {
  if (!keys.every((key) => isSafeKey(key) && !(key in Object.prototype))) return undefined;
  const steps = keys.map((key) => {
    const isKept = key === '__typename' ? ' && !(interfaces.has(source.__typename) && target.__typename)' : '';
    return `if (source.${key} !== undefined${isKept}) target.${key} = source.${key};`;
  });
  // The generated code contains only names that were checked.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  return new Function('target', 'source', 'interfaces', steps.join('\n')) as MergeLeaves;
}
