/**
 * Decomposition and reassembly as SLIP's YMATCH and ASSMBL do them: each 0 takes the fewest words with which the elements up to the
 * next 0 match, and is not tried again; the last 0 takes all the rest. Linear in the words for each 0.
 */
import type { AnswerPart, PatternPart } from './elyza-script';

/** A word of the sentence, as it will be printed, and in upper case, as patterns see it. */
export interface Word {
  text: string;
  key: string;
}

export type Tags = ReadonlyMap<string, ReadonlySet<string>>;

/** The words of each element of the pattern, or undefined if the sentence does not match. */
export function decompose(pattern: readonly PatternPart[], words: readonly Word[], tags: Tags): Word[][] | undefined {
  const parts: Word[][] = [];
  let at = 0;
  for (let first = 0; first < pattern.length;) {
    let end = first + 1;
    while (end < pattern.length && !isOpen(pattern[end]!)) end++;
    const found = matchSegment(pattern.slice(first, end), end === pattern.length, words, at, tags);
    if (!found) return undefined;
    parts.push(...found.parts);
    at = found.end;
    first = end;
  }
  return at === words.length ? parts : undefined;
}

const isOpen = (part: PatternPart) => part.kind === 'any' && part.count === 0;

/** Matches an optional 0 and the elements of fixed length after it. */
function matchSegment(
  segment: readonly PatternPart[],
  isLast: boolean,
  words: readonly Word[],
  start: number,
  tags: Tags,
): { parts: Word[][]; end: number } | undefined {
  const hasGap = isOpen(segment[0]!);
  const fixed = hasGap ? segment.slice(1) : segment;
  const length = fixed.reduce((sum, part) => sum + (part.kind === 'any' ? part.count : 1), 0);
  const longest = words.length - start - length;
  if (longest < 0) return undefined;
  const from = hasGap && isLast ? longest : 0;
  const to = hasGap ? longest : 0;
  for (let gap = from; gap <= to; gap++) {
    const parts = matchFixed(fixed, words, start + gap, tags);
    if (parts) {
      return { parts: hasGap ? [words.slice(start, start + gap), ...parts] : parts, end: start + gap + length };
    }
  }
  return undefined;
}

function matchFixed(
  fixed: readonly PatternPart[],
  words: readonly Word[],
  start: number,
  tags: Tags,
): Word[][] | undefined {
  const parts: Word[][] = [];
  let at = start;
  for (const part of fixed) {
    const count = part.kind === 'any' ? part.count : 1;
    if (part.kind !== 'any' && !fits(part, words[at]!.key, tags)) return undefined;
    parts.push(words.slice(at, at + count));
    at += count;
  }
  return parts;
}

function fits(part: Exclude<PatternPart, { kind: 'any' }>, key: string, tags: Tags): boolean {
  if (part.kind === 'word') return part.word === key;
  if (part.kind === 'oneOf') return part.words.has(key);
  return part.tags.some((tag) => tags.get(tag)?.has(key));
}

/** An answer from the parts of a decomposition. A number without a part gives ELIZA's own "HMMM". */
export function reassemble(answer: readonly AnswerPart[], parts: readonly (readonly Word[])[]): Word[] {
  return answer.flatMap((part): readonly Word[] => {
    if (typeof part === 'number') return parts[part - 1] ?? [wordFrom('HMMM')];
    return [wordFrom(part)];
  });
}

export const wordFrom = (text: string): Word => ({ text, key: text.toLocaleUpperCase('de') });
