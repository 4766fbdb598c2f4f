/**
 * A message's text as readers see it: its HTML, and the text that the HTML shows. Everything that looks for something in a message
 * (mentions, ticket references, filtered words) reads this, and nothing reads the Markdown a second time. Pure; the threads that
 * long texts are analysed in are text.reader.ts.
 */
import type { Token } from 'markdown-it';
import { markdown } from './markdown.parser';
import { safeHtml } from './safe-html';

export interface MessageText {
  /** Safe to put into a page. */
  html: string;
  /** All text that `html` shows, code and links included. {@link GAP} stands between blocks. */
  shown: string;
  /** What the author says by it: as `shown`, with a {@link GAP} for code, for links that show their address and for an escaped `@`. */
  said: string;
}

/** Stands for what is not text (U+FFFC, object replacement character): no word goes on across it. */
export const GAP = '\uFFFC';

/** Raised when the same Markdown gives other HTML than before, so that what is stored is made anew. */
export const TEXT_VERSION = 1;

/** One paragraph in which no character means anything in Markdown, and nothing becomes a link or an emoji. */
const PLAIN =
  /^[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}\p{Emoji_Presentation},;?!()"'’“”„…–%€$£/-]|[. ](?=[^\s.]))*[.?!…]?$/u;
const ORDERED_ITEM = /^\d{1,9}[.)]/;
const LINK = /www\.|:/i;

/** Takes time in proportion to the text. Never throws, whatever the text. */
export function analyseText(body: string): MessageText {
  return plainText(body) ?? analyseMarkdown(body);
}

/** What {@link analyseText} gives, for a text that needs no parser; undefined for any other. */
export function plainText(body: string): MessageText | undefined {
  if (body === '') return { html: '', shown: '', said: '' };
  if (!PLAIN.test(body) || ORDERED_ITEM.test(body) || LINK.test(body)) return undefined;
  return { html: `<p>${body}</p>`, shown: body, said: body };
}

function analyseMarkdown(body: string): MessageText {
  const env: { text?: Omit<MessageText, 'html'> } = {};
  const html = safeHtml(markdown.render(body, env));
  return { html, ...(env.text ?? { shown: '', said: '' }) };
}

// Before escaped characters and entities are joined to the text around them, as they still say which they are.
markdown.core.ruler.before('text_join', 'message_text', ({ tokens, env }) => {
  (env as { text?: Omit<MessageText, 'html'> }).text = textOf(tokens);
});

function textOf(tokens: readonly Token[]): Omit<MessageText, 'html'> {
  const [shown, said]: [string[], string[]] = [[], []];
  for (const { type, content, children } of tokens) {
    if (type === 'inline') {
      addInline(children ?? [], shown, said);
    } else if (type === 'fence' || type === 'code_block') {
      shown.push(content);
    } else {
      continue;
    }
    shown.push(GAP);
    said.push(GAP);
  }
  return { shown: shown.join(''), said: said.join('') };
}

function addInline(tokens: readonly Token[], shown: string[], said: string[]): void {
  let autolinks = 0;
  for (const { type, info, nesting, content } of tokens) {
    if (info === 'auto') autolinks += nesting;
    const text = type === 'softbreak' || type === 'hardbreak' ? '\n' : content;
    shown.push(text);
    const isUnsaid = autolinks > 0 || type === 'code_inline' || (info === 'escape' && content === '@');
    said.push(isUnsaid ? GAP : text);
  }
}
