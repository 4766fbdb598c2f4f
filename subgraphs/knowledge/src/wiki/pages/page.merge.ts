/**
 * Three-way merge of texts by lines. A merge is clean only if it is certain: changes of both sides are separated by an unchanged line, and
 * the merge of the reversed lines gives the same text. Texts that differ in very many lines conflict. Holds no storage.
 */
import { diffArrays } from 'diff';

/** Lines that one side may add and remove together. The effort grows with their square. */
const MAX_CHANGED = 2000;

export interface Versions {
  base: string;
  ours: string;
  theirs: string;
}

/** The merged text; undefined if the changes conflict. */
export function mergeTexts({ base, ours, theirs }: Versions): string | undefined {
  const decided = mergeValues(base, ours, theirs);
  if (decided) return decided.value;
  const [o, a, b] = [base, ours, theirs].map((text) => text.split('\n')) as [string[], string[], string[]];
  const text = mergeLines(o, a, b)?.join('\n');
  if (text === undefined) return undefined;
  const reversed = mergeLines(o.toReversed(), a.toReversed(), b.toReversed());
  return reversed?.toReversed().join('\n') === text ? text : undefined;
}

/** The lines `from` to `to` of the base are replaced. An insertion has an empty range. */
interface Change {
  from: number;
  to: number;
  lines: string[];
}

/** Undefined if there are too many. */
function changesOf(base: string[], side: string[]): Change[] | undefined {
  const parts = diffArrays(base, side, { maxEditLength: MAX_CHANGED });
  if (!parts) return undefined;
  const changes: Change[] = [];
  let at = 0;
  let last: Change | undefined;
  for (const { added, removed, value } of parts) {
    if (!added && !removed) last = undefined;
    else if (!last) changes.push((last = { from: at, to: at, lines: [] }));
    if (added) last!.lines = last!.lines.concat(value);
    else at += value.length;
    if (removed) last!.to = at;
  }
  return changes;
}

/** Undefined if different changes overlap or touch, as in Git. */
function mergeLines(o: string[], a: string[], b: string[]): string[] | undefined {
  const [ours, theirs] = [changesOf(o, a), changesOf(o, b)];
  if (!ours || !theirs) return undefined;
  const pieces: (readonly string[])[] = [];
  let at = 0;
  let [i, j] = [0, 0];
  while (i < ours.length || j < theirs.length) {
    const [x, y] = [ours[i], theirs[j]];
    const isTouching = x && y && x.from <= y.to && y.from <= x.to;
    if (isTouching && !isSame(x, y)) return undefined;
    const isOurs = x && (!y || x.from <= y.from);
    const next = isOurs ? x : y!;
    if (isOurs || isTouching) i++;
    if (!isOurs || isTouching) j++;
    pieces.push(o.slice(at, next.from), next.lines);
    at = next.to;
  }
  return [...pieces, o.slice(at)].flat();
}

const isSame = (x: Change, y: Change): boolean =>
  x.from === y.from &&
  x.to === y.to &&
  x.lines.length === y.lines.length &&
  x.lines.every((line, n) => line === y.lines[n]);

/** A value that both sides may change; undefined if they changed it differently. */
export function mergeValues<Value>(base: Value, ours: Value, theirs: Value): { value: Value } | undefined {
  const [o, a, b] = [base, ours, theirs].map((value) => JSON.stringify(value));
  if (a === b || o === b) return { value: ours };
  return o === a ? { value: theirs } : undefined;
}
