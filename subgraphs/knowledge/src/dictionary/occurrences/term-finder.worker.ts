/**
 * The automata of one dictionary, for a thread: one for each kind of key. Keys arrive in parts. Until all have arrived the earlier automata
 * answer. Reads no database.
 */
import AhoCorasick from 'modern-ahocorasick';
import { readings, wordKeys } from '../terms/term.keys';

/** Texts are read up to this length, in UTF-16 units. */
export const MAX_LENGTH = 200_000;
const MAX_FOUND = 100;

/** Forms hold terms and synonyms. */
type Kind = 'FORM' | 'STEM_DE' | 'STEM_EN';

export interface KeyRow {
  kind: Kind;
  key: string;
  termId: string;
}

export interface LoadedKeys {
  /** Names the load that the part belongs to. */
  load: number;
  rows: readonly KeyRow[];
  isFirst: boolean;
  isLast: boolean;
}

/** The ids of the terms of each key. */
type Keys = Record<Kind, Map<string, Set<string>>>;

const noKeys = (): Keys => ({ FORM: new Map(), STEM_DE: new Map(), STEM_EN: new Map() });

let arriving: { load: number; keys: Keys } | undefined;
let automata: Record<Kind, AhoCorasick<string[]>> | undefined;

/** @returns false if the thread does not have the parts before, as it is another thread, or a later load has begun */
export function loadKeys({ load, rows, isFirst, isLast }: LoadedKeys): boolean {
  if (isFirst) arriving = { load, keys: noKeys() };
  if (arriving?.load !== load) return false;
  const { keys } = arriving;
  for (const { kind, key, termId } of rows) {
    const ids = keys[kind].get(key);
    if (ids) ids.add(termId);
    else keys[kind].set(key, new Set([termId]));
  }
  if (!isLast) return true;
  const automatonOf = (kind: Kind) =>
    new AhoCorasick<string[]>([...keys[kind]].map(([key, ids]) => ({ pattern: ` ${key} `, data: [...ids] })));
  automata = { FORM: automatonOf('FORM'), STEM_DE: automatonOf('STEM_DE'), STEM_EN: automatonOf('STEM_EN') };
  arriving = undefined;
  return true;
}

/** The ids of the terms in a text, in the order of their first occurrence; at most 100. Undefined if the thread has no keys. */
export function findTerms(text: string): string[] | undefined {
  if (!automata) return undefined;
  const { FORM, STEM_DE, STEM_EN } = automata;
  const texts = readings(text).flatMap((tokens) => {
    const words = tokens.map((token) => ({ at: token.position, ...wordKeys(text, token) }));
    return [
      { automaton: FORM, words, keys: words.map(({ plain }) => plain) },
      { automaton: FORM, words, keys: words.map(({ spelled }) => spelled) },
      { automaton: STEM_DE, words, keys: words.map(({ german }) => german) },
      { automaton: STEM_EN, words, keys: words.map(({ english }) => english) },
    ];
  });
  const firstAt = new Map<string, number>();
  for (const { automaton, words, keys } of texts) {
    const starts = wordStarts(keys);
    for (const { start, data } of automaton.iterate(` ${keys.join(' ')} `)) {
      const at = words[starts.get(start) ?? 0]!.at;
      for (const id of data ?? []) firstAt.set(id, Math.min(firstAt.get(id) ?? at, at));
    }
  }
  return [...firstAt]
    .sort((a, b) => a[1] - b[1])
    .slice(0, MAX_FOUND)
    .map(([id]) => id);
}

/** The number of the word at each offset of the joined text. */
function wordStarts(keys: readonly string[]): Map<number, number> {
  const starts = new Map<number, number>();
  let offset = 0;
  for (const [index, key] of keys.entries()) {
    starts.set(offset, index);
    offset += key.length + 1;
  }
  return starts;
}
