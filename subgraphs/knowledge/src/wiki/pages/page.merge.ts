/**
 * Three-way merge of texts by lines. A merge is clean only if it is certain: changes of both sides are separated by an unchanged line, and
 * the merge of the swapped sides and of the reversed lines gives the same text. Holds no storage.
 */
import { diff3MergeRegions } from 'node-diff3';

/** The merged text; undefined if the changes conflict. */
export function mergeTexts(base: string, ours: string, theirs: string): string | undefined {
  if (ours === theirs || base === theirs) return ours;
  if (base === ours) return theirs;
  const [o, a, b] = [base, ours, theirs].map((text) => text.split('\n')) as [string[], string[], string[]];
  const merged = mergeLines(o, a, b);
  if (!merged) return undefined;
  const text = merged.join('\n');
  const reversed = mergeLines(o.toReversed(), a.toReversed(), b.toReversed());
  const checks = [mergeLines(o, b, a), reversed?.toReversed()];
  return checks.every((lines) => lines?.join('\n') === text) ? text : undefined;
}

/** Undefined if changes overlap or touch, as in Git. */
function mergeLines(o: string[], a: string[], b: string[]): string[] | undefined {
  const lines: string[] = [];
  let last: 'a' | 'b' | undefined;
  for (const region of diff3MergeRegions(a, o, b)) {
    if (!region.stable) {
      if (!isSame(region.aContent, region.bContent)) return undefined;
      lines.push(...region.aContent);
      last = undefined;
      continue;
    }
    if (region.buffer === 'o') {
      if (region.bufferContent.length > 0) last = undefined;
    } else {
      if (last && last !== region.buffer) return undefined;
      last = region.buffer;
    }
    lines.push(...region.bufferContent);
  }
  return lines;
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((line, index) => line === b[index]);

/** A value that both sides may change; undefined if they changed it differently. */
export function mergeValues<Value>(base: Value, ours: Value, theirs: Value): { value: Value } | undefined {
  const [o, a, b] = [base, ours, theirs].map((value) => JSON.stringify(value));
  if (a === b || o === b) return { value: ours };
  return o === a ? { value: theirs } : undefined;
}
