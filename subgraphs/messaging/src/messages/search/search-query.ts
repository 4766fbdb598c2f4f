/** Parses a search into operators, words and phrases, and warns of unknown operators. Independent of accounts and channels. */
import { isStorableDate } from '@chat/kit/graphql/date-time';
import { badUserInput } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';
import { parseAlternatives } from '@chat/kit/text-analysis/text-query';
import { didYouMean } from '@chat/kit/nearest';
import { SearchWarningCode, type SearchWarningEntity } from './search-warning';
import { piecesOf, type Alternative } from '@chat/kit/text-analysis/typed-query';

export interface SearchQuery {
  /** Separated by `or`; empty if the search has only operators. */
  alternatives: Alternative[];
  /** Whether the search has only signs that are not indexed. */
  isVoid: boolean;
  /** Names after `from:` without the @. */
  from: string[];
  /** Channel names or ids after `in:` without the #. */
  in: string[];
  before: Date | undefined;
  after: Date | undefined;
  hasFile: boolean;
  hasLink: boolean;
}

const MAX_LENGTH = 500;
const OPERATORS = ['from', 'in', 'before', 'after', 'has'];
const OPERATOR = new RegExp(`^(${OPERATORS.join('|')}):(.*)$`, 'is');
/** A word before a colon and a value, as in `form:ada`, but not in an address (`https://…`), a scope (`std::string`) or a time. */
const LIKE_OPERATOR = /^-?(\p{L}{2,20}):(?![/:])(.*)$/su;

/** @throws BAD_USER_INPUT if it is empty, too long, or has an operator with an invalid value. */
export function parseSearch(query: string): SearchQuery {
  const problem = textProblem(query, { max: MAX_LENGTH, isSearch: true });
  if (problem) throw badUserInput({ query: `query ${problem}.` });
  const search: SearchQuery = {
    alternatives: [],
    isVoid: false,
    from: [],
    in: [],
    before: undefined,
    after: undefined,
    hasFile: false,
    hasLink: false,
  };
  const typed = piecesOf(query);
  const pieces: string[] = [];
  for (const piece of typed) {
    const [, operator, quoted] = OPERATOR.exec(piece) ?? [];
    const value = quoted?.replaceAll('"', '').trim();
    if (!operator || !value) pieces.push(piece);
    else apply(search, operator.toLowerCase(), value);
  }
  search.alternatives = parseAlternatives(pieces);
  search.isVoid = search.alternatives.length === 0 && pieces.length === typed.length;
  return search;
}

/** Warnings about terms that look like operators and are searched as text. */
export const unknownOperators = (query: string): SearchWarningEntity[] =>
  piecesOf(query)
    .filter((piece) => !OPERATOR.exec(piece)?.[2]?.replaceAll('"', '').trim())
    .flatMap(unknownOperator);

function unknownOperator(piece: string): SearchWarningEntity[] {
  const [, operator, value] = LIKE_OPERATOR.exec(piece) ?? [];
  if (operator === undefined) return [];
  const code = SearchWarningCode.UNKNOWN_OPERATOR;
  if (OPERATORS.includes(operator.toLowerCase()))
    return [
      { code, term: piece, message: `${operator}: needs a value and cannot be excluded. It was searched as text.` },
    ];
  if (!value) return []; // a word at the end of a clause
  const hint = didYouMean(
    `${operator}:`,
    OPERATORS.map((known) => `${known}:`),
  );
  return [{ code, term: piece, message: `There is no operator ${operator}:, so it was searched as text.${hint}` }];
}

function apply(search: SearchQuery, operator: string, value: string): void {
  if (operator === 'from') search.from.push(value.replace(/^@/, ''));
  else if (operator === 'in') search.in.push(value.replace(/^#/, ''));
  else if (operator === 'before') search.before = day(operator, value);
  else if (operator === 'after') search.after = dayAfter(day(operator, value));
  else if (/^files?$/i.test(value)) search.hasFile = true;
  else if (/^links?$/i.test(value)) search.hasLink = true;
  else throw badUserInput({ query: `has: must be file or link, not ${value}.` });
}

/** The start of a day in UTC. */
function day(operator: string, value: string): Date {
  const date = new Date(`${value}T00:00:00Z`);
  const isSound = /^\d{4}-\d{2}-\d{2}$/.test(value) && isStorableDate(date) && date.toISOString().startsWith(value);
  if (!isSound) throw badUserInput({ query: `${operator}: must be a day such as 2026-02-28, not ${value}.` });
  return date;
}

/** After the last day that can be stored there is none, and so nothing is found. */
function dayAfter(date: Date): Date {
  const next = new Date(date.getTime() + 86_400_000);
  return isStorableDate(next) ? next : new Date(next.getTime() - 1);
}
