/**
 * What a text must have, as a `tsquery` for documents of text-document.ts and as terms that a text is compared with. A word matches in
 * all its forms, a word of several parts as those parts in this order, a phrase as it is written. Words that carry no meaning count
 * only where an alternative has nothing else; then they match as they are written.
 */
import { ENGLISH, FORM, GERMAN, quoted } from './text-document';
import { tokenise, type Token } from './tokens';
import { alternativesOf, type Alternative } from './typed-query';

/** A place in a text matches if it has one of the lexemes. */
export interface TermPart {
  /** And the weights with which it counts. */
  lexemes: ReadonlyMap<string, string>;
  /** For a single character of a script without spaces, whose pairs are indexed. */
  isPrefix: boolean;
  /** The distance to the next part. */
  step: number;
}

export interface Term {
  parts: TermPart[];
  /** The parts written together; undefined where they are not, or are to be matched as they are written. */
  joined: TermPart | undefined;
}

export interface CompiledAlternative {
  terms: Term[];
  excluded: Term[];
}

/** The most parts of a term that count. */
const MAX_PARTS = 64;

export const hasTokens = (text: string): boolean => tokenise(text).length > 0;

export const parseAlternatives = (pieces: readonly string[]): Alternative[] => alternativesOf(pieces, hasTokens);

export function compileAlternative({
  words,
  phrases,
  excludedWords,
  excludedPhrases,
}: Alternative): CompiledAlternative {
  const typed = words.map((word) => ({ word, isStop: isStop(word) }));
  const meaningful = typed.filter((word) => !word.isStop);
  const exact = phrases.map((phrase) => termOf(phrase, true));
  const counting = meaningful.length + exact.length > 0 ? meaningful : typed;
  return {
    terms: [...counting.map(({ word, isStop }) => termOf(word, isStop)), ...exact],
    excluded: [
      ...excludedWords.map((word) => termOf(word, isStop(word))),
      ...excludedPhrases.map((phrase) => termOf(phrase, true)),
    ],
  };
}

/** Whether there is nothing but words that carry no meaning. */
export const isStopWords = (words: readonly string[]): boolean => words.length > 0 && words.every(isStop);

function isStop(word: string): boolean {
  const [only, ...more] = tokenise(word);
  return only !== undefined && more.length === 0 && only.word.isStop;
}

/** @param isExact whether it matches as it is written only */
export function termOf(text: string, isExact: boolean): Term {
  const tokens = tokenise(text);
  const joined = tokens.filter(({ kind }) => kind === 'joined');
  const single = tokens.filter(({ kind }) => kind !== 'joined');
  const last = single.at(-1);
  // Taipan's: the genitive says nothing about the word.
  if (!isExact && single.length > 1 && last!.isAfterApostrophe && last!.word.forms[0] === 's') single.pop();
  const isWhole = joined.length === 1 && joined[0]!.start === single[0]!.start && joined[0]!.end === last!.end;
  return {
    parts: partsOf(single.slice(0, MAX_PARTS), isExact),
    joined: isWhole && !isExact ? { lexemes: lexemesFor(joined[0]!, false), isPrefix: false, step: 1 } : undefined,
  };
}

/** The last unit of a run is already in the pair before it. */
function partsOf(tokens: readonly Token[], isExact: boolean): TermPart[] {
  const parts: TermPart[] = [];
  for (const [i, token] of tokens.entries()) {
    const isRunEnd = token.kind === 'unit' && token.pairEnd === undefined;
    if (isRunEnd && tokens[i - 1]?.pairEnd === token.end) parts.at(-1)!.step = 2;
    else parts.push({ lexemes: lexemesFor(token, isExact), isPrefix: isRunEnd, step: 1 });
  }
  return parts;
}

function lexemesFor({ word: { forms, german, english } }: Token, isExact: boolean): Map<string, string> {
  const lexemes = new Map<string, string>(forms.map((form) => [form, FORM]));
  if (isExact) return lexemes;
  for (const [stem, weights] of [
    [german, GERMAN],
    [english, ENGLISH],
  ] as const)
    if (stem !== undefined) lexemes.set(stem, [...new Set((lexemes.get(stem) ?? '') + weights)].join(''));
  return lexemes;
}

/** `''` where there are no terms. */
export function tsqueryOf(alternatives: readonly CompiledAlternative[]): string {
  return alternatives
    .map(({ terms, excluded }) => [...terms.map(ofTerm), ...excluded.map((term) => `!${ofTerm(term)}`)].join(' & '))
    .filter((all) => all !== '')
    .map((all) => `(${all})`)
    .join(' | ');
}

function ofTerm({ parts, joined }: Term): string {
  const phrase = parts
    .slice(1)
    .reduce((query, part, i) => `${query} <${parts[i]!.step}> ${ofPart(part)}`, ofPart(parts[0]!));
  return joined ? `((${phrase}) | ${ofPart(joined)})` : `(${phrase})`;
}

const ofPart = ({ lexemes, isPrefix }: TermPart): string =>
  `(${[...lexemes].map(([lexeme, weights]) => `${quoted(lexeme)}:${isPrefix ? '*' : ''}${weights}`).join(' | ')})`;
