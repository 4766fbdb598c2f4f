/** Texts as sparse rows of feature numbers, for training. */
import type { Lexicon } from '../sentiment/lexicon';
import { extractFeatures } from '../model/features';
import { readText } from '../text/tokens';
import type { Example } from './data-set';

export interface Corpus {
  /** Hashes of the features, ascending; a feature's number is its position. */
  hashes: Uint32Array;
  /** The group of each feature. */
  groups: Uint8Array;
  /** The numbers of the features of all texts, one text after the other. */
  features: Uint32Array;
  /** The position in `features` where each text starts, and the end of the last. */
  starts: Uint32Array;
  /** For each label: 0 or 1 per text. */
  truth: Uint8Array[];
}

/**
 * @param minTexts features of fewer texts are left out
 * @param isUsed whether features of a group enter
 */
export function buildCorpus(
  examples: readonly Example[],
  lexicon: Lexicon,
  minTexts: number,
  isUsed: (group: number) => boolean,
): Corpus {
  const texts = examples.map(({ text }) => distinctFeatures(text, lexicon, isUsed));
  const frequency = new Map<number, number>();
  const groupOf = new Map<number, number>();
  for (const text of texts)
    for (const [hash, group] of text) {
      frequency.set(hash, (frequency.get(hash) ?? 0) + 1);
      groupOf.set(hash, group);
    }
  const hashes = Uint32Array.from([...frequency].filter(([, n]) => n >= minTexts).map(([hash]) => hash)).sort();
  const numbers = new Map(Array.from(hashes, (hash, number) => [hash, number]));
  const rows = texts.map((text) =>
    Uint32Array.from([...text.keys()].flatMap((hash) => numbers.get(hash) ?? [])).sort(),
  );
  const starts = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => (starts[i + 1] = starts[i]! + row.length));
  const features = new Uint32Array(starts.at(-1)!);
  rows.forEach((row, i) => features.set(row, starts[i]));
  return {
    hashes,
    groups: Uint8Array.from(hashes, (hash) => groupOf.get(hash)!),
    features,
    starts,
    truth: Array.from(examples[0]!.labels, (_, label) => Uint8Array.from(examples, ({ labels }) => labels[label]!)),
  };
}

function distinctFeatures(text: string, lexicon: Lexicon, isUsed: (group: number) => boolean): Map<number, number> {
  const found = new Map<number, number>();
  extractFeatures(readText(text), lexicon, (group, hash) => {
    if (isUsed(group)) found.set(hash, group);
  });
  return found;
}
