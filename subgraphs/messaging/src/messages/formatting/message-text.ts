/**
 * The rendered text of a message: its HTML, and the text that the HTML shows. Mentions, ticket references and filtered words are found in
 * this text, so the Markdown is parsed once. Pure functions; text.reader.ts runs them in threads for long texts.
 */
import type { Token } from 'markdown-it';
import { markdown } from './markdown.parser';
import { safeHtml } from './safe-html';

export interface MessageText {
  /** Safe to insert into a page. */
  html: string;
  /** All text that `html` shows, including code and links. {@link GAP} separates blocks. */
  shown: string;
  /** The author's own words: like `shown`, with a {@link GAP} in place of code, links that show their address, and an escaped `@`. */
  said: string;
}

/** Stands for content that is not text (U+FFFC, object replacement character). It ends a word. */
export const GAP = '\uFFFC';

/** Increment it when the same Markdown yields other HTML; stored HTML is then rendered again. */
export const TEXT_VERSION = 1;

/** One paragraph without Markdown syntax, links or emoji short names. */
const PLAIN =
  /^[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}\p{Emoji_Presentation},;?!()"'’“”„…–%€$£/-]|[. ](?=[^\s.]))*[.?!…]?$/u;
const ORDERED_ITEM = /^\d{1,9}[.)]/;
const LINK = /www\.|:/i;

/** Takes linear time. Never throws. */
export function analyseText(body: string): MessageText {
  return plainText(body) ?? analyseMarkdown(body);
}

/** The result of {@link analyseText} if a text needs no parser; otherwise undefined. */
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

// Runs before `text_join`, which merges escaped characters and entities into the text around them.
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
