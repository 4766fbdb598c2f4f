/** Converts Slack's `rich_text` blocks to Markdown. Drops unknown elements. */
import { z } from 'zod';
import { codeSpan, dateText, linkTo, literally, personCalled } from './mrkdwn';
import { listOf, number, text } from './payload-values';

const style = z
  .object({ bold: z.boolean(), italic: z.boolean(), strike: z.boolean(), code: z.boolean() })
  .partial()
  .catch({});

const inline = z.object({
  type: text,
  text,
  style,
  url: text,
  name: text,
  unicode: text,
  user_id: text,
  usergroup_id: text,
  channel_id: text,
  range: text,
  value: text,
  timestamp: number,
  fallback: text,
});

const inlines = listOf(inline);

const part = z.object({
  type: text,
  elements: z.array(z.unknown()).catch([]),
  style: z.unknown().optional(),
  indent: number,
  offset: number,
});

export const richTextElements = listOf(part);

type Inline = z.output<typeof inline>;
type Part = z.output<typeof part>;

/** Flattens deeper lists to this depth. */
const MAX_INDENT = 8;

export const richText = (parts: readonly Part[]): string =>
  parts
    .map(partText)
    .filter((one) => one.trim() !== '')
    .join('\n\n');

function partText(part: Part): string {
  const elements = inlines.parse(part.elements);
  switch (part.type) {
    case 'rich_text_list':
      return listText(part);
    case 'rich_text_quote':
      return lineText(elements).replace(/^/gm, '> ');
    case 'rich_text_preformatted':
      return fenced(elements.map(plainText).join(''));
    default:
      return lineText(elements);
  }
}

function listText({ elements, style, indent, offset }: Part): string {
  const margin = '    '.repeat(Math.min(Math.max(0, Math.trunc(indent)), MAX_INDENT));
  const first = Math.max(0, Math.trunc(offset)) + 1;
  return listOf(part)
    .parse(elements)
    .map((item, index) => {
      const sign = style === 'ordered' ? `${first + index}.` : '-';
      return `${margin}${sign} ${lineText(inlines.parse(item.elements)).replaceAll('\n', `\n${margin}    `)}`;
    })
    .join('\n');
}

function fenced(code: string): string {
  const runs = [...code.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = '`'.repeat(Math.max(2, ...runs) + 1);
  return `${fence}\n${code.replace(/\n$/, '')}\n${fence}`;
}

const lineText = (elements: readonly Inline[]): string => elements.map(inlineText).join('');

function inlineText(element: Inline): string {
  const { type, text, url, style } = element;
  if (type === 'text') return style.code ? codeSpan(text) : styled(literally(text), style);
  if (type === 'link')
    return url ? styled(linkTo(url, literally(text).replaceAll('@', '\\@')), style) : literally(text);
  return styled(referenceText(element), style);
}

function referenceText({ type, ...element }: Inline): string {
  switch (type) {
    case 'emoji':
      return emojiOf(element.unicode) ?? (element.name && `:${element.name}:`);
    case 'user':
      return element.user_id && personCalled(element.user_id);
    case 'usergroup':
      return element.usergroup_id && personCalled(element.usergroup_id);
    case 'channel':
      return element.channel_id && `#${literally(element.channel_id)}`;
    case 'broadcast':
      return element.range === 'here' ? '@here' : '@channel';
    case 'date':
      return dateText({ seconds: element.timestamp, fallback: element.fallback, url: element.url });
    case 'color':
      return literally(element.value);
    default:
      return '';
  }
}

/** Parses hexadecimal code points such as `1f44b-1f3fd`. */
function emojiOf(unicode: string): string | undefined {
  if (!/^[\da-f]{1,6}(?:-[\da-f]{1,6}){0,15}$/i.test(unicode)) return undefined;
  const points = unicode.split('-').map((digits) => parseInt(digits, 16));
  return points.every((point) => point <= 0x10ffff) ? String.fromCodePoint(...points) : undefined;
}

const plainText = ({ type, text, url }: Inline): string => (type === 'link' ? text || url : text);

/** Puts emphasis inside surrounding spaces, as Markdown requires. */
function styled(text: string, { bold, italic, strike }: z.output<typeof style>): string {
  const core = text.trim();
  if (core === '') return text;
  const signs = `${bold ? '**' : ''}${italic ? '_' : ''}${strike ? '~~' : ''}`;
  const closing = `${strike ? '~~' : ''}${italic ? '_' : ''}${bold ? '**' : ''}`;
  const start = text.length - text.trimStart().length;
  return text.slice(0, start) + signs + core + closing + text.slice(start + core.length);
}
