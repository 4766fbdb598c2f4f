/** Excerpts: the parts of a text around the matches of a query, cut from the original text. Holds no markup. */
import type { Term, TermPart } from './text-query';
import { tokenise, type Token } from './tokens';

/** Pieces are in the order of the text. */
export interface ExcerptPiece {
  text: string;
  isMatch: boolean;
}

/** The words of a fragment, and those before its first match. */
const FRAGMENT_WORDS = 24;
const LEAD_WORDS = 6;
const MAX_FRAGMENTS = 2;
/** Compares at most this many parts of a phrase, so that the effort stays linear in the text. */
const MAX_COMPARED = 8;

interface Range {
  start: number;
  end: number;
  /** Index of the term that matches. */
  term: number;
}

/** @returns at most two fragments; the beginning of the text if nothing matches. */
export function excerptOf({ text, terms }: { text: string; terms: readonly Term[] }): ExcerptPiece[][] {
  const all = tokenise(text);
  const words = all.filter(({ kind }) => kind !== 'joined');
  const ranges = rangesOf(all, terms);
  if (words.length <= FRAGMENT_WORDS) return [cut(text, 0, text.length, ranges)];
  const fragments: ExcerptPiece[][] = [];
  let end = 0;
  const shown = new Set<number>();
  while (fragments.length < MAX_FRAGMENTS) {
    const rest = ranges.filter(({ start }) => start >= end);
    const next = rest.find(({ term }) => !shown.has(term)) ?? rest[0];
    if (!next && fragments.length > 0) break;
    const first = next ? indexAt(words, next.start) : 0;
    const from = Math.max(first - LEAD_WORDS, indexAt(words, end), 0);
    const to = Math.min(from + FRAGMENT_WORDS, words.length) - 1;
    const [start, stop] = [from === 0 ? 0 : words[from]!.start, endOf(text, words, to)];
    fragments.push(cut(text, start, stop, ranges));
    for (const range of ranges) if (range.start >= start && range.end <= stop) shown.add(range.term);
    end = stop;
    if (!next) break;
  }
  return fragments;
}

/** The index of the first word that ends after an offset. */
function indexAt(words: readonly Token[], offset: number): number {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (words[middle]!.end > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The end of a word, including the punctuation after it. */
function endOf(text: string, words: readonly Token[], index: number): number {
  const { end } = words[index]!;
  const next = words[index + 1]?.start ?? text.length;
  return end + /^[^\s]{0,3}/u.exec(text.slice(end, next))![0].length;
}

function rangesOf(tokens: readonly Token[], terms: readonly Term[]): Range[] {
  const at = new Map<number, Token[]>();
  for (const token of tokens) {
    for (const position of new Set([token.position, token.lastPosition])) {
      const there = at.get(position);
      if (there) there.push(token);
      else at.set(position, [token]);
    }
  }
  const ranges: Range[] = [];
  for (const [term, { parts, joined }] of terms.entries()) {
    for (const token of tokens) {
      if (joined && hasPart(token, joined)) ranges.push({ start: token.start, end: token.end, term });
      const end = matchEnd(token, parts, at);
      if (end !== undefined) ranges.push({ start: token.start, end, term });
    }
  }
  return ranges.sort((a, b) => a.start - b.start || b.end - a.end);
}

/** The end of a match of all parts that begins with this token; undefined if there is none. */
function matchEnd(token: Token, parts: readonly TermPart[], at: ReadonlyMap<number, Token[]>): number | undefined {
  let found: Token | undefined = hasPart(token, parts[0]!) ? token : undefined;
  let end = found && endOfPart(found, parts[0]!);
  for (let i = 1; found && i < Math.min(parts.length, MAX_COMPARED); i++) {
    found = at.get(found.lastPosition + parts[i - 1]!.step)?.find((other) => hasPart(other, parts[i]!));
    end = found && endOfPart(found, parts[i]!);
  }
  return end;
}

const endOfPart = (token: Token, { isPrefix }: TermPart): number =>
  isPrefix ? token.end : (token.pairEnd ?? token.end);

function hasPart(token: Token, { lexemes, isPrefix }: TermPart): boolean {
  if (isPrefix) return [...lexemes.keys()].some((lexeme) => token.word.forms[0]!.startsWith(lexeme));
  for (const [lexeme, weight] of token.word.lexemes) if (lexemes.get(lexeme)?.includes(weight)) return true;
  return false;
}

function cut(text: string, from: number, to: number, ranges: readonly Range[]): ExcerptPiece[] {
  const pieces: ExcerptPiece[] = [];
  let done = from;
  const add = (until: number, isMatch: boolean) => {
    if (until > done) pieces.push({ text: text.slice(done, until), isMatch });
    done = Math.max(done, until);
  };
  let i = 0;
  while (i < ranges.length) {
    let { end } = ranges[i]!;
    const { start } = ranges[i]!;
    while (ranges[i + 1] && ranges[i + 1]!.start < end) end = Math.max(end, ranges[++i]!.end);
    i++;
    if (start < from || end > to) continue;
    add(start, false);
    add(end, true);
  }
  add(to, false);
  return pieces;
}
