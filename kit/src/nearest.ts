/** Suggestions for misspelt names of settings, options and arguments. */
import { distance } from 'fastest-levenshtein';

/** The known name that `name` most likely means, or undefined if none is close. Ignores case, hyphens and underscores. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const given = plain(name);
  let best: { candidate: string; edits: number } | undefined;
  for (const candidate of known) {
    const edits = editsBetween(given, plain(candidate));
    const isClose = edits <= maxEdits(given) || isBeginning(given, plain(candidate));
    if (isClose && !(best && best.edits <= edits)) best = { candidate, edits };
  }
  return best?.candidate;
}

/** ` Did you mean …?`, or an empty text if no known name is close. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const suggestion = nearest(name, known);
  return suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
}

const plain = (name: string) => name.toLowerCase().replace(/[-_]/g, '');

/** Two exchanged letters, the most frequent slip, count as one edit. */
function editsBetween(a: string, b: string): number {
  const edits = distance(a, b);
  const sorted = (text: string) => [...text].sort().join('');
  return edits === 2 && sorted(a) === sorted(b) ? 1 : edits;
}

/** Whether one begins with the other, and the shorter one is no small part: DATA_DIRECTORY means DATA_DIR. */
function isBeginning(a: string, b: string): boolean {
  const [shorter = '', longer = ''] = a.length < b.length ? [a, b] : [b, a];
  return shorter.length > 4 && 2 * shorter.length >= longer.length && longer.startsWith(shorter);
}

/** One edit in four letters: HOST is not taken for HOME. */
const maxEdits = (name: string) => Math.max(1, Math.floor(name.length / 4));
