/**
 * Wikitext as Markdown: headings, emphasis, lists, links, tables, code. Templates, files, references and other extensions are left out.
 * Takes linear time. Holds no storage.
 */
// cspell:words wikitext syntaxhighlight nowiki kategorie datei bild noinclude

export interface ConvertedText {
  body: string;
  /** Names of the categories that the text is in. */
  categories: string[];
}

const CATEGORY = 14;
const FILE = 6;
/** English names and aliases that work in every wiki. */
const CANONICAL: Record<string, number> = { category: CATEGORY, file: FILE, image: FILE, media: -2, special: -1 };
/** Private characters that stand for code while the rest is converted. */
const [OPEN, CLOSE] = ['\uE000', '\uE001'];
const CODE = /<(nowiki|pre|syntaxhighlight|source|code|math)\b([^<>]{0,200})>/gi;
/** A parameter of a template. */
const PARAMETER = /\{\{\{[^{}]{0,200}\}\}\}/g;
const LANGUAGE = /lang\s*=\s*["']?([\w+#-]{1,30})/i;

/** @param namespaces names by number, of the wiki that the text is from */
export function markdownOf(wikitext: string, namespaces: ReadonlyMap<number, string> = new Map()): ConvertedText {
  const numbers = new Map(Object.entries(CANONICAL));
  for (const [number, name] of namespaces) if (name !== '') numbers.set(name.toLowerCase(), number);
  const categories: string[] = [];
  const { text, codes } = withoutCode(wikitext.replace(/[\uE000\uE001]/g, ''));
  const plain = dropBetween(dropBetween(text, '<!--', '-->'), '<ref', '</ref>').replace(PARAMETER, '');
  const bare = dropPairs(plain, '{{', '}}')
    .replace(/<br\s{0,9}\/?>/gi, '\n')
    .replace(/<\/?[a-z][^<>]{0,300}>/gi, '')
    .replace(/__[A-Z]{3,20}__/g, '');
  const linked = links(bare, (inner) => linkOf(inner, numbers, categories));
  const body = blocks(linked)
    .replace(/\[(https?:\/\/[^\s[\]]{1,1000}) ([^[\]\n]{1,500})\]/g, '[$2]($1)')
    .replace(/\[(https?:\/\/[^\s[\]]{1,1000})\]/g, '<$1>')
    .replace(/'{2,5}/g, (quotes) => (quotes.length === 2 ? '*' : quotes.length === 5 ? '***' : '**'))
    .replace(new RegExp(`${OPEN}(\\d+)${CLOSE}`, 'g'), (_, index: string) => codes[Number(index)]!)
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return { body: body === '' ? '' : `${body}\n`, categories: [...new Set(categories)] };
}

function withoutCode(text: string): { text: string; codes: string[] } {
  const codes: string[] = [];
  const lower = text.toLowerCase();
  let rest = '';
  let at = 0;
  /** Elements that do not end in the rest of the text. */
  const endless = new Set<string>();
  CODE.lastIndex = 0;
  for (let match = CODE.exec(text); match; match = CODE.exec(text)) {
    const [tag, name = '', attributes = ''] = match;
    if (match.index < at || attributes.endsWith('/') || endless.has(name.toLowerCase())) continue;
    const from = match.index + tag.length;
    const end = lower.indexOf(`</${name.toLowerCase()}>`, from);
    if (end < 0) {
      endless.add(name.toLowerCase());
      continue;
    }
    codes.push(codeOf(name.toLowerCase(), text.slice(from, end), LANGUAGE.exec(attributes)?.[1]));
    rest += `${text.slice(at, match.index)}${OPEN}${codes.length - 1}${CLOSE}`;
    at = CODE.lastIndex = end + name.length + 3;
  }
  return { text: rest + text.slice(at), codes };
}

function codeOf(name: string, content: string, language = ''): string {
  if (name === 'nowiki') return content;
  if (name === 'code' || name === 'math') return `\`${content.replaceAll('\n', ' ')}\``;
  const fence = content.includes('```') ? '~~~~' : '```';
  return `\n${fence}${language}\n${content.replace(/^\n|\n$/g, '')}\n${fence}\n`;
}

/** An opening mark without an end stays. */
export function dropBetween(text: string, open: string, close: string): string {
  let rest = '';
  let at = 0;
  for (;;) {
    const from = text.indexOf(open, at);
    if (from < 0) return rest + text.slice(at);
    const tagEnd = open.startsWith('<ref') ? text.indexOf('>', from) : -1;
    if (tagEnd > 0 && text[tagEnd - 1] === '/') {
      rest += text.slice(at, from);
      at = tagEnd + 1;
      continue;
    }
    const end = text.indexOf(close, from);
    if (end < 0) return rest + text.slice(at);
    rest += text.slice(at, from);
    at = end + close.length;
  }
}

/** Drops nested pairs; a pair without an end stays. */
function dropPairs(text: string, open: string, close: string): string {
  const kept: string[] = [''];
  let at = 0;
  for (const { 0: sign, index } of text.matchAll(new RegExp(`${open}|${close}`, 'g'))) {
    kept[kept.length - 1] += text.slice(at, index);
    at = index + sign.length;
    if (sign === open) kept.push('');
    else if (kept.length > 1) kept.pop();
    else kept[0] += sign;
  }
  kept[kept.length - 1] += text.slice(at);
  return kept.join(open);
}

/** Replaces `[[…]]`, inner ones first. */
function links(text: string, replace: (inner: string) => string): string {
  const kept: string[] = [''];
  let at = 0;
  for (const { 0: sign, index } of text.matchAll(/\[\[|\]\]/g)) {
    kept[kept.length - 1] += text.slice(at, index);
    at = index + 2;
    if (sign === '[[') kept.push('');
    else if (kept.length > 1) {
      const inner = kept.pop()!;
      kept[kept.length - 1] += replace(inner);
    } else kept[0] += sign;
  }
  kept[kept.length - 1] += text.slice(at);
  return kept.join('[[');
}

function linkOf(inner: string, numbers: ReadonlyMap<string, number>, categories: string[]): string {
  const [written = '', ...labels] = inner.split('|');
  const name = written.replace(/^\s*:/, '').replaceAll('_', ' ').trim();
  const colon = name.indexOf(':');
  const number = colon > 0 ? numbers.get(name.slice(0, colon).trim().toLowerCase()) : undefined;
  if (!/^\s*:/.test(written)) {
    if (number === CATEGORY) {
      categories.push(name.slice(colon + 1).trim());
      return '';
    }
    if (number === FILE || (number === undefined && /^[a-z]{2,3}(-[a-z]+)?:/.test(name))) return '';
  }
  // Pages of a namespace are below its name.
  const target = number === undefined ? name.replaceAll(':', ' ') : `${name.slice(0, colon)}/${name.slice(colon + 1)}`;
  const path = target.replace(/#.*$/s, '').trim();
  const label = (labels.at(-1) ?? name).trim().replace(/[[\]\n]/g, ' ');
  return path === '' ? label : `[[${path}|${label || path}]]`;
}

/** Headings, lists and tables, line by line. */
function blocks(text: string): string {
  const lines: string[] = [];
  let table: string[][] | undefined;
  for (const line of text.split('\n')) {
    if (table) {
      if (/^\s*\|\}/.test(line)) {
        lines.push('', ...markdownTable(table), '');
        table = undefined;
      } else tableLine(line.trim(), table);
    } else if (/^[:\s]*\{\|/.test(line)) table = [];
    else lines.push(blockOf(line));
  }
  if (table) lines.push('', ...markdownTable(table));
  return lines.join('\n');
}

function blockOf(line: string): string {
  const heading = line.trimEnd();
  const level = Math.min(leading(heading, '='), leading([...heading].reverse().join(''), '='), 6);
  if (level > 0 && heading.length > 2 * level) return `\n${'#'.repeat(level)} ${heading.slice(level, -level).trim()}\n`;
  if (/^-{4,}$/.test(heading)) return '\n---\n';
  const marks = /^[*#:;]{1,50}/.exec(line)?.[0];
  if (!marks) return line.trimStart();
  const content = line.slice(marks.length).trim();
  const last = marks.at(-1)!;
  const indent = '   '.repeat(Math.max(0, [...marks].filter((mark) => mark === '*' || mark === '#').length - 1));
  if (last === ';') return `**${content}**  `;
  if (last === ':') return `${indent}${content}  `;
  return `${indent}${last === '#' ? '1.' : '-'} ${content}`;
}

function leading(text: string, sign: string): number {
  let count = 0;
  while (text[count] === sign) count++;
  return count;
}

function tableLine(line: string, rows: string[][]): void {
  if (line.startsWith('|-')) rows.push([]);
  else if (line.startsWith('|+') || line === '') return;
  else if (line.startsWith('|') || line.startsWith('!')) {
    if (rows.length === 0) rows.push([]);
    const cells = line.slice(1).split(line.startsWith('!') ? /!!|\|\|/ : '||');
    rows.at(-1)!.push(...cells.map(cellOf));
  } else {
    const row = rows.at(-1);
    if (row && row.length > 0) row[row.length - 1] += ` ${line}`;
  }
}

/** The content after attributes. A link has a bar too. */
function cellOf(cell: string): string {
  const bar = cell.indexOf('|');
  const hasAttributes = bar > 0 && !cell.slice(0, bar).includes('[[') && cell.slice(0, bar).includes('=');
  return (hasAttributes ? cell.slice(bar + 1) : cell).trim();
}

function markdownTable(rows: readonly string[][]): string[] {
  const filled = rows.filter(({ length }) => length > 0);
  const width = Math.max(0, ...filled.map(({ length }) => length));
  if (width === 0 || width > 100) return filled.map((row) => row.join(' '));
  const lineOf = (row: readonly string[]) =>
    `| ${Array.from({ length: width }, (_, i) => (row[i] ?? '').replaceAll('|', '\\|')).join(' | ')} |`;
  return [lineOf(filled[0]!), `|${' --- |'.repeat(width)}`, ...filled.slice(1).map(lineOf)];
}
