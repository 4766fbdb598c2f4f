/**
 * Limits tables so that their HTML stays proportional to their text. The parser fills in the cells that a row omits, so 16,000 characters can produce a
 * million cells. If a table would have more cells than characters, it is rendered as text.
 */
import type MarkdownIt from 'markdown-it';
import type { StateBlock } from 'markdown-it';

type BlockRule = (state: StateBlock, startLine: number, endLine: number, isSilent: boolean) => boolean;

/** State of one document during parsing. */
interface Memory {
  /** No table begins before this line, because the lines belong to a refused table. */
  noTableBefore?: number;
  /** A run of lines without an empty line; `end` is exclusive. */
  lines?: { start: number; end: number };
}

/** A plugin of markdown-it. */
export function boundedTables(markdown: MarkdownIt): void {
  const original = ruleNamed(markdown, 'table');
  markdown.block.ruler.at(
    'table',
    (state, startLine, endLine, isSilent) => {
      const memory = state.env as Memory;
      if (startLine < (memory.noTableBefore ?? 0) || !hasDelimiterRow(state, startLine + 1, endLine)) return false;
      const refusedUntil = endOfOversizedTable(state, startLine, endLine);
      if (refusedUntil === undefined) return original(state, startLine, endLine, isSilent);
      memory.noTableBefore = refusedUntil;
      return false;
    },
    { alt: ['paragraph', 'reference'] },
  );
}

/** Rulers have no public access to their rules. */
function ruleNamed(markdown: MarkdownIt, name: string): BlockRule {
  const { __rules__: rules } = markdown.block.ruler as unknown as { __rules__: { name: string; fn: BlockRule }[] };
  return rules.find((rule) => rule.name === name)!.fn;
}

const lineOf = (state: StateBlock, line: number): string =>
  state.src.slice(state.bMarks[line]! + state.tShift[line]!, state.eMarks[line]);

const hasDelimiterRow = (state: StateBlock, line: number, endLine: number): boolean =>
  line < endLine && /^[-:|][-:|\s]*$/.test(lineOf(state, line));

/** The line after the table that begins here, if it has more cells than characters. */
function endOfOversizedTable(state: StateBlock, startLine: number, endLine: number): number | undefined {
  const columns = lineOf(state, startLine + 1).split('|').length;
  // Another block may end the table earlier, so the count to the next empty line is an upper bound.
  const end = Math.min(endLine, emptyLineFrom(state, startLine));
  const characters = state.eMarks[end - 1]! - state.bMarks[startLine]!;
  return columns * (end - startLine) > characters ? end : undefined;
}

/** Cached, because the parser looks for a table at every line of a paragraph, and all these lines have the same end. */
function emptyLineFrom(state: StateBlock, startLine: number): number {
  const memory = state.env as Memory;
  const known = memory.lines;
  if (known && known.start <= startLine && startLine < known.end) return known.end;
  let end = startLine + 2;
  while (end < state.lineMax && !state.isEmpty(end)) end++;
  memory.lines = { start: startLine, end };
  return end;
}
