/** Splits German compounds into words of the corpus. Knows no dictionary, and holds no storage. */
// cspell:words ens

/** The sounds between the parts of a compound. */
const LINKS = ['', 's', 'es', 'n', 'en', 'er', 'e', 'ens'];
const MIN_WORD = 8;
const MAX_WORD = 60;
const MIN_PART = 4;
/** A part that is rarer in the corpus is more likely a typing error than a word. */
const MIN_CHUNKS = 1;

interface Split {
  parts: readonly [string, string];
}

const splitsOf = (form: string): Split[] => {
  if (form.length < MIN_WORD || form.length > MAX_WORD || !/^[a-z]+$/.test(form)) return [];
  const splits: Split[] = [];
  for (let at = MIN_PART; at <= form.length - MIN_PART; at++) {
    const right = form.slice(at);
    for (const link of LINKS) {
      const left = form.slice(0, at);
      if (!left.endsWith(link) || at - link.length < MIN_PART) continue;
      splits.push({ parts: [left.slice(0, at - link.length), right] });
    }
  }
  return splits;
};

/** The words that must be in the corpus for a split. */
export const possibleParts = (form: string): string[] => [...new Set(splitsOf(form).flatMap(({ parts }) => parts))];

/**
 * The parts of a compound; empty if it is none. Of several splits, the one with the most frequent parts wins.
 * @param chunks the number of chunks of the corpus that hold a word
 */
export function compoundParts(form: string, chunks: (word: string) => number): readonly string[] {
  let best: { parts: readonly string[]; score: number } = { parts: [], score: 0 };
  for (const { parts } of splitsOf(form)) {
    const rarest = Math.min(...parts.map(chunks));
    if (rarest < MIN_CHUNKS) continue;
    const score = Math.sqrt(chunks(parts[0]) * chunks(parts[1]));
    if (score > best.score) best = { parts, score };
  }
  return best.parts.flatMap((part) => {
    const inner = part.length > MIN_WORD ? compoundParts(part, chunks) : [];
    return inner.length > 0 ? [part, ...inner] : [part];
  });
}
