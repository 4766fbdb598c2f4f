/**
 * Makes the function that merges entities which have nothing but leaves: their keys written out, as assigning them in a
 * loop costs several times as much, and most entities of a list are such.
 */
import { isSafeKey } from './object-shaper';
import type { DataObject } from './rewrite-path';

/** `interfaces`: as in `mergeInto`. */
export type MergeLeaves = (target: DataObject, source: DataObject, interfaces: ReadonlySet<string>) => void;

/** Undefined where a name has a meaning of its own for every object. */
export function compileLeafMerge(keys: readonly string[]): MergeLeaves | undefined {
  if (!keys.every((key) => isSafeKey(key) && !(key in Object.prototype))) return undefined;
  const steps = keys.map((key) => {
    const isKept = key === '__typename' ? ' && !(interfaces.has(source.__typename) && target.__typename)' : '';
    return `if (source.${key} !== undefined${isKept}) target.${key} = source.${key};`;
  });
  // Nothing but checked names gets into the text.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  return new Function('target', 'source', 'interfaces', steps.join('\n')) as MergeLeaves;
}
