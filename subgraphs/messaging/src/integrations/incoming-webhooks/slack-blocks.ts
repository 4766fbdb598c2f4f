/** Converts Slack's layout blocks to Markdown. Keeps texts, links and images; drops buttons and inputs. */
import { z } from 'zod';
import { fromMrkdwn, linkTo, literally } from './mrkdwn';
import { listOf, text } from './payload-values';
import { richText, richTextElements } from './rich-text';

/** A text object or a plain string. */
const textObject = z
  .union([z.object({ type: text, text }), text.transform((alone) => ({ type: 'mrkdwn', text: alone }))])
  .catch({ type: 'mrkdwn', text: '' });

const image = { type: text, image_url: text, alt_text: text, slack_file: z.object({ url: text }).catch({ url: '' }) };

const element = z.object({ ...image, text });

const block = z.object({
  ...image,
  text: textObject,
  fields: listOf(textObject),
  elements: z.unknown().optional(),
  accessory: element.optional().catch(undefined),
  title: textObject,
  title_url: text,
  video_url: text,
  rows: listOf(listOf(z.object({ type: text, text, elements: z.unknown().optional() }))),
});

export const blocks = listOf(block);

type TextObject = z.output<typeof textObject>;
type Block = z.output<typeof block>;
type Image = Pick<Block, 'image_url' | 'alt_text' | 'slack_file'>;

/** Blocks with structured Markdown, which blank lines separate from other blocks. */
const STRUCTURED = new Set(['rich_text', 'markdown', 'table']);

export function blocksText(blocks: readonly Block[]): string {
  let all = '';
  let isApart = false;
  for (const block of blocks) {
    const text = blockText(block);
    if (text.trim() === '') continue;
    const isStructured = STRUCTURED.has(block.type);
    all += `${all === '' ? '' : isStructured || isApart ? '\n\n' : '\n'}${text}`;
    isApart = isStructured;
  }
  return all;
}

function blockText(block: Block): string {
  switch (block.type) {
    case 'rich_text':
      return richText(richTextElements.parse(block.elements));
    case 'markdown':
      return block.text.text;
    case 'context':
      return listOf(element).parse(block.elements).map(elementText).filter(Boolean).join(' ');
    case 'image':
      return imageText(block, block.title.text);
    case 'video':
      return linked(block.title_url || block.video_url, block.title.text);
    case 'table':
      return tableText(block);
    case 'actions':
    case 'input':
      return '';
    default: {
      const picture = block.accessory?.type === 'image' ? imageText(block.accessory) : '';
      return [shown(block.text), ...block.fields.map(shown), picture].filter((line) => line.trim() !== '').join('\n');
    }
  }
}

const shown = ({ type, text }: TextObject): string => (type === 'plain_text' ? literally(text) : fromMrkdwn(text));

const elementText = (one: z.output<typeof element>): string => (one.type === 'image' ? imageText(one) : shown(one));

const imageText = ({ image_url: url, slack_file: file, alt_text: alt }: Image, title = ''): string =>
  linked(url || file.url, title || alt);

const linked = (url: string, label: string): string => (url ? linkTo(url, literally(label)) : literally(label));

function tableText({ rows }: Block): string {
  const lines = rows.map((cells) =>
    cells.map(({ type, text, elements }) => {
      const cell = type === 'rich_text' ? richText(richTextElements.parse(elements)) : literally(text);
      return cell.replaceAll('|', '\\|').replace(/\s+/g, ' ');
    }),
  );
  const [head, ...body] = lines;
  if (!head) return '';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...body.map(line)].join('\n');
}
