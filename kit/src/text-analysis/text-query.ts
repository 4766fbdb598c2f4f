/**
 * A search query as a `tsquery` over the documents of text-document.ts, and as terms for excerpts. A word matches in all its forms, a
 * compound as its parts in order, a phrase as it is written. Stop words count only if an alternative has nothing else, and then match as
 * they are written. Holds no storage.
 */
import { ENGLISH, FORM, GERMAN, quoted } from './text-document';
import { tokenise, type Token } from './tokens';
import { alternativesOf, type Alternative } from './typed-query';

/** A position in a text matches if it has one of the lexemes. */
export interface TermPart {
  /** The accepted weights by lexeme. */
  lexemes: ReadonlyMap<string, string>;
  /** Set for a single character of a script without spaces: the index holds pairs of characters. */
  isPrefix: boolean;
  /** The distance to the next part. */
  step: number;
}

export interface Term {
  parts: TermPart[];
  /** The parts written together; undefined for a single part or an exact match. */
  joined: TermPart | undefined;
}

export interface CompiledAlternative {
  terms: Term[];
  excluded: Term[];
}

/** Ignores further parts of a term. */
const MAX_PARTS = 64;

export const hasTokens = (text: string): boolean => tokenise(text).length > 0;

export const parseAlternatives = (pieces: readonly string[]): Alternative[] => alternativesOf(pieces, hasTokens);

export function compileAlternative({
  words,
  phrases,
  excludedWords,
  excludedPhrases,
}: Alternative): CompiledAlternative {
  const typed = words.map(typedWord);
  const meaningful = typed.filter((word) => !word.isStop);
  const exact = phrases.map((phrase) => termOf(phrase, true));
  const counting = meaningful.length + exact.length > 0 ? meaningful : typed;
  return {
    terms: [...counting.map(termOfWord), ...exact],
    excluded: [
      ...excludedWords.map((word) => termOfWord(typedWord(word))),
      ...excludedPhrases.map((phrase) => termOf(phrase, true)),
    ],
  };
}

/** Whether all words are stop words; false for an empty list. */
export const isStopWords = (words: readonly string[]): boolean => words.length > 0 && words.every(isStop);

function isStop(word: string): boolean {
  return typedWord(word).isStop;
}

/** A word with its tokens, since breaking a text into words is the larger part of the work. */
interface TypedWord {
  tokens: readonly Token[];
  isStop: boolean;
}

function typedWord(word: string): TypedWord {
  const tokens = tokenise(word);
  return { tokens, isStop: tokens.length === 1 && tokens[0]!.word.isStop };
}

/** A stop word counts only if the query has nothing else, and then as it is written. */
const termOfWord = ({ tokens, isStop }: TypedWord): Term => termOfTokens(tokens, isStop);

/** @param isExact whether it matches only as it is written */
export const termOf = (text: string, isExact: boolean): Term => termOfTokens(tokenise(text), isExact);

function termOfTokens(tokens: readonly Token[], isExact: boolean): Term {
  const joined = tokens.filter(({ kind }) => kind === 'joined');
  const single = tokens.filter(({ kind }) => kind !== 'joined');
  const last = single.at(-1);
  // The genitive of `Taipan's` does not narrow the search.
  if (!isExact && single.length > 1 && last!.isAfterApostrophe && last!.word.forms[0] === 's') single.pop();
  const isWhole = joined.length === 1 && joined[0]!.start === single[0]!.start && joined[0]!.end === last!.end;
  return {
    parts: partsOf(single.slice(0, MAX_PARTS), isExact),
    joined: isWhole && !isExact ? { lexemes: lexemesFor(joined[0]!, false), isPrefix: false, step: 1 } : undefined,
  };
}

/** The pair before the last unit of a run already contains that unit. */
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

/** Empty if there are no terms. */
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
