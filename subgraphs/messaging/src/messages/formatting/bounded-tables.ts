/**
 * Tables whose HTML stays in proportion to their text. Rows may leave cells out, and a parser fills them in: 16,000 characters can
 * so ask for a million cells. A table that would have more cells than its text has characters is shown as text instead.
 */
import type MarkdownIt from 'markdown-it';
import type { StateBlock } from 'markdown-it';

type BlockRule = (state: StateBlock, startLine: number, endLine: number, isSilent: boolean) => boolean;

/** What a document remembers while it is parsed. */
interface Memory {
  /** Before this line no table begins: it belongs to one that was refused. */
  noTableBefore?: number;
  /** Lines without an empty one among them, from `start` to before `end`. */
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

/** Rulers give their rules to nobody, so that one which is to be called first has to be looked up. */
function ruleNamed(markdown: MarkdownIt, name: string): BlockRule {
  const { __rules__: rules } = markdown.block.ruler as unknown as { __rules__: { name: string; fn: BlockRule }[] };
  return rules.find((rule) => rule.name === name)!.fn;
}

const lineOf = (state: StateBlock, line: number): string =>
  state.src.slice(state.bMarks[line]! + state.tShift[line]!, state.eMarks[line]);

const hasDelimiterRow = (state: StateBlock, line: number, endLine: number): boolean =>
  line < endLine && /^[-:|][-:|\s]*$/.test(lineOf(state, line));

/** The line behind the table that begins here, if it has more cells than characters. */
function endOfOversizedTable(state: StateBlock, startLine: number, endLine: number): number | undefined {
  const columns = lineOf(state, startLine + 1).split('|').length;
  // A block of another kind may end the table earlier; counting on to the next empty line only ever counts too much.
  const end = Math.min(endLine, emptyLineFrom(state, startLine));
  const characters = state.eMarks[end - 1]! - state.bMarks[startLine]!;
  return columns * (end - startLine) > characters ? end : undefined;
}

/** Every line of a paragraph is asked whether a table begins there, and all have the same end. */
function emptyLineFrom(state: StateBlock, startLine: number): number {
  const memory = state.env as Memory;
  const known = memory.lines;
  if (known && known.start <= startLine && startLine < known.end) return known.end;
  let end = startLine + 2;
  while (end < state.lineMax && !state.isEmpty(end)) end++;
  memory.lines = { start: startLine, end };
  return end;
}
