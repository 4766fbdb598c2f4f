/**
 * `npm run prose`: how often comments and docs use words that mark a translated style, per 1,000 words and by package.
 * A mirror: prints and never fails. Reads comments by the TypeScript scanner, Markdown without code and tables, and no strings.
 */
import { commandLine } from '@chat/kit/process/command-line';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './subgraphs';

const COLUMNS: Record<string, RegExp> = {
  where: /\bwhere\b/gi,
  what: /\bwhat(ever)?\b/gi,
  'who*': /\bwho(m|se|ever)?\b/gi,
  'if/when': /\b(if|when)\b/gi,
};

interface Count {
  words: number;
  hits: number[];
}

const { values, positionals: folders } = commandLine({
  command: 'npm run prose --',
  summary: `Prints how often comments (or Markdown) use "where", "what", "who/whom/whose" and "if/when", per 1,000 words.
Aims: where ≤ 2, what ≤ 1.5, who ≤ 1, if/when ≥ 8.`,
  arguments: [{ name: 'FOLDER', description: 'only these folders and files', isOptional: true, isRepeated: true }],
  options: {
    files: { type: 'boolean', description: 'one line a file instead of one a package, the worst first' },
    descriptions: { type: 'boolean', description: 'the descriptions in schema/api.graphql as well' },
  },
});
const tracked = execFileSync('git', ['ls-files', '--', ...(folders.length > 0 ? folders : ['.'])], { cwd: ROOT })
  .toString()
  .trim()
  .split('\n')
  .filter((file) => !/generated\/|CHANGELOG|package-lock/.test(file));

const counts = new Map<string, Count>();
for (const file of tracked) {
  const text = proseOf(file);
  if (text === undefined) continue;
  const group = values.files ? file : packageOf(file);
  const count = counts.get(group) ?? { words: 0, hits: Object.keys(COLUMNS).map(() => 0) };
  count.words += text.match(/[\p{L}]+/gu)?.length ?? 0;
  Object.values(COLUMNS).forEach((pattern, index) => (count.hits[index]! += text.match(pattern)?.length ?? 0));
  counts.set(group, count);
}

const rows = [...counts].sort(([, a], [, b]) => excess(b) - excess(a));
console.log(['', 'words', ...Object.keys(COLUMNS)].map(pad).join(''));
for (const [group, count] of rows)
  if (count.words > 0) console.log([group, count.words, ...rates(count)].map(pad).join(''));
const total = rows.reduce<Count>(
  (sum, [, count]) => ({ words: sum.words + count.words, hits: sum.hits.map((n, i) => n + count.hits[i]!) }),
  { words: 0, hits: Object.keys(COLUMNS).map(() => 0) },
);
console.log(['all', total.words, ...rates(total)].map(pad).join(''));

function proseOf(file: string): string | undefined {
  if (/\.(ts|tsx|mts|mjs|cjs)$/.test(file)) return commentsOf(readFileSync(join(ROOT, file), 'utf8'));
  if (file.endsWith('.md') && !file.includes('.de.')) return proseOfMarkdown(readFileSync(join(ROOT, file), 'utf8'));
  if (file === 'schema/api.graphql' && values.descriptions)
    return [...readFileSync(join(ROOT, file), 'utf8').matchAll(/"""([^]*?)"""/g)].map((match) => match[1]).join('\n');
  return undefined;
}

function commentsOf(source: string): string {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, source);
  const comments: string[] = [];
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    if (token === ts.SyntaxKind.SingleLineCommentTrivia || token === ts.SyntaxKind.MultiLineCommentTrivia)
      comments.push(scanner.getTokenText());
    // A template's or a regular expression's rest is no token of its own unless the scanner is told so.
    if (token === ts.SyntaxKind.SlashToken || token === ts.SyntaxKind.SlashEqualsToken) scanner.reScanSlashToken();
  }
  return comments.join('\n').replace(/`[^`\n]*`/g, ' ');
}

function proseOfMarkdown(text: string): string {
  return text
    .replace(/```[^]*?```/g, ' ')
    .replace(/^\|.*$/gm, ' ')
    .replace(/`[^`\n]*`/g, ' ');
}

/** Documents and each package stand for themselves. */
function packageOf(file: string): string {
  const [first, second] = file.split('/');
  return first === 'subgraphs' ? `${first}/${second}` : file.includes('/') ? first! : 'top level';
}

function rates({ words, hits }: Count): string[] {
  return hits.map((n) => ((1000 * n) / Math.max(words, 1)).toFixed(1));
}

/** Hits of the first three columns beyond their aims. */
function excess({ words, hits }: Count): number {
  const aims = [2, 1.5, 1];
  return aims.reduce((sum, aim, index) => sum + Math.max(0, hits[index]! - (aim * words) / 1000), 0);
}

function pad(cell: string | number, column: number): string {
  return column === 0 ? String(cell).padEnd(values.files ? 72 : 24) : String(cell).padStart(9);
}
