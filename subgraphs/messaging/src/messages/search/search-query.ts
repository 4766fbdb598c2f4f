/** Takes a search apart: words and phrases for full text, and operators. Knows neither accounts nor channels, only what was typed. */
import { badUserInput } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';

/** What a message must have and must not have; all of it. */
export interface Alternative {
  /** In any of their forms, those of phrases included; for full text. Empty where only something is excluded. */
  words: string;
  /** As they are written, in this order and next to each other. */
  phrases: string[];
  excludedWords: string[];
  excludedPhrases: string[];
}

export interface SearchQuery {
  /** Between `or`. None where only operators were typed. */
  alternatives: Alternative[];
  /** Names after `from:`, without the @. */
  from: string[];
  /** Channel names or ids after `in:`, without the #. */
  in: string[];
  before: Date | undefined;
  after: Date | undefined;
  hasFile: boolean;
  hasLink: boolean;
}

const MAX_LENGTH = 500;
/** A quoted phrase is one piece, also after a minus sign or an operator. */
const PIECES = /(?:-?(?:[a-z]+:)?"[^"]*"|\S)+/gi;
const OPERATOR = /^(from|in|before|after|has):(.*)$/is;
const PHRASE = /^(-?)"([^"]*)"$/;
const HAS_WORDS = /[\p{L}\p{N}]/u;

/** @throws BAD_USER_INPUT where it is empty, too long, or an operator has no use for its value. */
export function parseSearch(query: string): SearchQuery {
  const problem = textProblem(query, { max: MAX_LENGTH });
  if (problem) throw badUserInput({ query: `query ${problem}.` });
  const search: SearchQuery = {
    alternatives: [],
    from: [],
    in: [],
    before: undefined,
    after: undefined,
    hasFile: false,
    hasLink: false,
  };
  const pieces: string[] = [];
  for (const [piece] of query.matchAll(PIECES)) {
    const [, operator, quoted] = OPERATOR.exec(piece) ?? [];
    const value = quoted?.replaceAll('"', '').trim();
    if (!operator || !value) pieces.push(piece);
    else apply(search, operator.toLowerCase(), value);
  }
  search.alternatives = alternativesOf(pieces);
  return search;
}

function alternativesOf(pieces: readonly string[]): Alternative[] {
  const alternatives: Alternative[] = [];
  let current: Alternative | undefined;
  for (const piece of pieces) {
    const [, minus, phrase] = PHRASE.exec(piece) ?? [];
    const word = (phrase ?? piece).replaceAll('"', ' ').trim();
    if (phrase === undefined && word.toLowerCase() === 'or') current = undefined;
    else if (HAS_WORDS.test(word)) {
      if (!current) alternatives.push((current = { words: '', phrases: [], excludedWords: [], excludedPhrases: [] }));
      add(current, word, minus !== undefined, minus === '-' || (phrase === undefined && word.startsWith('-')));
    }
  }
  return alternatives;
}

function add(alternative: Alternative, text: string, isPhrase: boolean, isExcluded: boolean): void {
  if (isExcluded) alternative[isPhrase ? 'excludedPhrases' : 'excludedWords'].push(isPhrase ? text : text.slice(1));
  else {
    alternative.words = `${alternative.words} ${isPhrase ? `"${text}"` : text}`.trim();
    if (isPhrase) alternative.phrases.push(text);
  }
}

function apply(search: SearchQuery, operator: string, value: string): void {
  if (operator === 'from') search.from.push(value.replace(/^@/, ''));
  else if (operator === 'in') search.in.push(value.replace(/^#/, ''));
  else if (operator === 'before') search.before = day(operator, value);
  else if (operator === 'after') search.after = new Date(day(operator, value).getTime() + 86_400_000);
  else if (/^files?$/i.test(value)) search.hasFile = true;
  else if (/^links?$/i.test(value)) search.hasLink = true;
  else throw badUserInput({ query: `has: knows file and link, not ${value}.` });
}

/** The start of a day, UTC. */
function day(operator: string, value: string): Date {
  const date = new Date(`${value}T00:00:00Z`);
  const isSound =
    /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
  if (!isSound) throw badUserInput({ query: `${operator}: takes a day such as 2026-02-28, not ${value}.` });
  return date;
}
