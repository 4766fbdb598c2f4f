/**
 * A conversation script in the notation of Weizenbaum's ELIZA (CACM 9(1), 1966): S-expressions, `;` begins a comment. The first
 * list is the greeting, and the word START separates it from the rules. Holds the parsed form and no conversation.
 *
 *     (KEYWORD = SUBSTITUTE RANK DLIST(/TAG)
 *         ((0 PATTERN (*ONE OF) (/TAG) 0) (ANSWER WITH PART 2) (=OTHER) (NEWKEY) (PRE (NEW SENTENCE) (=OTHER)))
 *         (=OTHER))
 *     (MEMORY KEYWORD (PATTERN = ANSWER) …)
 *     (NONE ((0) (ANSWER) …))
 *
 * In a pattern, 0 stands for any number of words, and another number for that many words.
 */
import { StartupError } from '@chat/kit/process/startup-error';

/** An element of a pattern: a word, a number of words (0: any), one of several words, or a word with one of several tags. */
export type PatternPart =
  | { kind: 'word'; word: string }
  | { kind: 'any'; count: number }
  | { kind: 'oneOf'; words: ReadonlySet<string> }
  | { kind: 'tagged'; tags: readonly string[] };

/** A word of an answer, or the 1-based number of a pattern's element whose words stand there. */
export type AnswerPart = string | number;

export type Reassembly =
  | { kind: 'answer'; parts: readonly AnswerPart[] }
  | { kind: 'link'; keyword: string }
  | { kind: 'rewrite'; parts: readonly AnswerPart[]; keyword: string }
  | { kind: 'newkey' };

export interface Transformation {
  pattern: readonly PatternPart[];
  reassemblies: readonly Reassembly[];
}

export interface KeywordRule {
  keyword: string;
  /** The word that replaces the keyword in the sentence. */
  substitute?: string;
  /** Default 0; the keyword with the highest rank is tried first. */
  rank: number;
  transformations: readonly Transformation[];
  /** The keyword that is tried if no pattern matches. */
  link?: string;
}

export interface MemoryRule {
  keyword: string;
  /** Exactly four, since two bits of a hash choose one. */
  transformations: readonly { pattern: readonly PatternPart[]; answer: readonly AnswerPart[] }[];
}

export interface ElyzaScript {
  greeting: string;
  /** Keyword in upper case → its rule. */
  rules: ReadonlyMap<string, KeywordRule>;
  memory: MemoryRule;
  /** Answers without a keyword. */
  none: Transformation;
  /** Tag → the words that have it, in upper case. */
  tags: ReadonlyMap<string, ReadonlySet<string>>;
  /** The words that end a clause, besides commas and periods, in upper case. */
  delimiters: ReadonlySet<string>;
  /** Whether the script has no lower-case letters, as in 1966: the sentence is then put into upper case, too. */
  isUpperCase: boolean;
}

/** A word, or a list. */
type Expression = string | Expression[];

/** Transformations of a MEMORY rule. */
const MEMORY_CHOICES = 4;

/** @throws StartupError if `text` is no script; the message names the line or the rule */
export function parseScript(text: string): ElyzaScript {
  const expressions = readExpressions(text);
  const start = expressions.indexOf('START');
  const [greeting] = expressions;
  if (!Array.isArray(greeting) || start < 0)
    throw new StartupError('A script begins with a greeting in parentheses, and START.');

  const rules = new Map<string, KeywordRule>();
  const tags = new Map<string, Set<string>>();
  const delimiters = new Set(['BUT']);
  let memory: MemoryRule | undefined;
  let none: Transformation | undefined;
  for (const list of expressions.slice(start + 1)) {
    if (!Array.isArray(list)) throw new StartupError(`"${list}" stands outside of parentheses.`);
    if (list.length === 0) continue;
    const name = upper(wordOf(list[0], 'A rule begins with its keyword'));
    if (name === 'MEMORY') memory = memoryRule(list);
    else if (name === 'DELIMITERS')
      list.slice(1).forEach((word) => delimiters.add(upper(wordOf(word, 'DELIMITERS are words'))));
    else if (name === 'NONE') none = keywordRule(list, tags).transformations[0];
    else rules.set(name, keywordRule(list, tags));
  }
  if (!memory) throw new StartupError('The script has no MEMORY rule.');
  if (!none) throw new StartupError('The script has no NONE rule.');
  return {
    greeting: greeting.join(' '),
    rules,
    memory,
    none,
    tags,
    delimiters,
    isUpperCase: !/\p{Ll}/u.test(text.replaceAll(/;.*/g, '')),
  };
}

/** Lists and words; a comment ends with its line. */
function readExpressions(text: string): Expression[] {
  const open: Expression[][] = [[]];
  text.split('\n').forEach((line, index) => {
    for (const token of line.replace(/;.*/, '').match(/[()]|=|[^\s()=]+/g) ?? []) {
      if (token === '(') open.push([]);
      else if (token !== ')') open.at(-1)!.push(token);
      else {
        const list = open.pop()!;
        if (open.length === 0)
          throw new StartupError(`Line ${index + 1} of the script closes a parenthesis that is not open.`);
        open.at(-1)!.push(list);
      }
    }
  });
  if (open.length > 1) throw new StartupError(`The script ends with ${open.length - 1} open parentheses.`);
  return open[0]!;
}

function keywordRule(list: readonly Expression[], tags: Map<string, Set<string>>): KeywordRule {
  const keyword = upper(list[0] as string);
  let substitute: string | undefined;
  let rank = 0;
  let link: string | undefined;
  const transformations: Transformation[] = [];
  for (let at = 1; at < list.length; at++) {
    const item = list[at]!;
    if (item === '=') substitute = wordOf(list[++at], `${keyword}: a word follows "="`);
    else if (item === 'DLIST')
      listOf(list[++at], `${keyword}: (/TAG) follows DLIST`).forEach((tag) => addTag(tag, keyword, tags));
    else if (typeof item === 'string') rank = numberOf(item, keyword);
    else if (item[0] === '=') link = upper(wordOf(item[1], `${keyword}: a keyword follows "="`));
    else transformations.push(transformation(item, keyword));
  }
  // The substitute has the tags of its keyword, since it stands in the sentence that patterns see.
  return { keyword, rank, transformations, ...(substitute && { substitute }), ...(link && { link }) };
}

function addTag(tag: Expression, keyword: string, tags: Map<string, Set<string>>): void {
  const name = upper(wordOf(tag, `${keyword}: tags are words`).replace('/', ''));
  if (!name) return; // a space after the slash, as in `(/ FAMILY)`
  tags.set(name, (tags.get(name) ?? new Set()).add(keyword));
}

function transformation(item: Expression[], keyword: string): Transformation {
  const pattern = listOf(item[0], `${keyword}: a transformation begins with its pattern`).map(patternPart);
  const reassemblies = item
    .slice(1)
    .map((answer) => reassembly(listOf(answer, `${keyword}: an answer is a list`), keyword));
  if (reassemblies.length === 0) throw new StartupError(`${keyword}: a pattern has no answers.`);
  return { pattern, reassemblies };
}

function reassembly(list: Expression[], keyword: string): Reassembly {
  const [first, second] = list;
  if (first === 'NEWKEY') return { kind: 'newkey' };
  if (first === '=') return { kind: 'link', keyword: upper(wordOf(second, `${keyword}: a keyword follows "="`)) };
  if (first !== 'PRE') return { kind: 'answer', parts: answerParts(list) };
  const link = listOf(list[2], `${keyword}: PRE has a sentence and a keyword`);
  return {
    kind: 'rewrite',
    parts: answerParts(listOf(second, `${keyword}: PRE has a sentence and a keyword`)),
    keyword: upper(wordOf(link[1], `${keyword}: PRE ends with (=KEYWORD)`)),
  };
}

function memoryRule(list: readonly Expression[]): MemoryRule {
  const keyword = upper(wordOf(list[1], 'MEMORY names a keyword'));
  const transformations = list.slice(2).map((item) => {
    const parts = listOf(item, 'MEMORY: (PATTERN = ANSWER)');
    const at = parts.indexOf('=');
    if (at < 0) throw new StartupError('MEMORY: (PATTERN = ANSWER) lacks "=".');
    return { pattern: parts.slice(0, at).map(patternPart), answer: answerParts(parts.slice(at + 1)) };
  });
  if (transformations.length !== MEMORY_CHOICES)
    throw new StartupError(`MEMORY has ${transformations.length} transformations instead of ${MEMORY_CHOICES}.`);
  return { keyword, transformations };
}

function patternPart(item: Expression): PatternPart {
  if (typeof item === 'string')
    return /^\d+$/.test(item) ? { kind: 'any', count: Number(item) } : { kind: 'word', word: upper(item) };
  const words = item.map((word) => upper(wordOf(word, 'A choice of words is a flat list')));
  const [mark = ''] = words;
  const rest = [mark.slice(1), ...words.slice(1)].filter(Boolean);
  if (mark.startsWith('*')) return { kind: 'oneOf', words: new Set(rest) };
  if (mark.startsWith('/')) return { kind: 'tagged', tags: rest };
  throw new StartupError(`(${words.join(' ')}) in a pattern begins neither with * nor with /.`);
}

const answerParts = (list: readonly Expression[]): AnswerPart[] =>
  list.map((item) => {
    const word = wordOf(item, 'An answer is a flat list');
    return /^\d+$/.test(word) ? Number(word) : word;
  });

function wordOf(item: Expression | undefined, otherwise: string): string {
  if (typeof item !== 'string') throw new StartupError(`${otherwise}.`);
  return item;
}

function listOf(item: Expression | undefined, otherwise: string): Expression[] {
  if (!Array.isArray(item)) throw new StartupError(`${otherwise}.`);
  return item;
}

function numberOf(item: string, keyword: string): number {
  if (!/^\d+$/.test(item)) throw new StartupError(`${keyword}: "${item}" is no rank.`);
  return Number(item);
}

const upper = (word: string) => word.toLocaleUpperCase('de');
