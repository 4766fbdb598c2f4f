/**
 * Markdown to HTML that is safe to put into a page: GitHub flavoured, with emoji short names. Raw HTML is shown as text, and what comes
 * out passes a sanitiser that knows nothing of how it was made, so that one mistake alone lets no script, style, handler or foreign scheme through.
 */
import { LRUCache } from 'lru-cache';
import MarkdownIt from 'markdown-it';
import { full as emoji } from 'markdown-it-emoji';
import sanitizeHtml from 'sanitize-html';
import { taskLists } from './task-list';

/** Nesting beyond this is shown as text; it keeps a short text from becoming a deep tree. */
const MAX_NESTING = 20;
/** Rendered bodies that are kept, counted in characters. */
const CACHE_CHARACTERS = 8_000_000;

/** Behind `www.`: a domain, and a path that does not end with what belongs to the sentence. */
const WWW_REST = /^[\p{L}\p{N}][\p{L}\p{N}.-]*\.\p{L}{2,}(?::\d+)?(?:[/?#](?:[^\s<>"'\]]*[^\s<>"'\].,:;!?)])?)?/u;

const markdown = new MarkdownIt({
  html: false,
  linkify: true,
  breaks: true,
  typographer: false,
})
  .use(emoji, { shortcuts: {} })
  .use(taskLists)
  .disable('image');

// Not among the options of the types, but what the parser itself reads.
(markdown.options as { maxNesting?: number }).maxNesting = MAX_NESTING;
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: true });
// GitHub takes no other name for a link than one that says so.
markdown.linkify.add('www.', {
  validate: (text, position) => WWW_REST.exec(text.slice(position))?.[0].length ?? 0,
  normalize: (match) => void (match.url = `http://${match.url}`),
});
markdown.validateLink = (url) => /^(https?:\/\/|mailto:)/i.test(url.trim());

const ALLOWED: sanitizeHtml.IOptions = {
  allowedTags: [
    ...['p', 'br', 'hr', 'blockquote', 'pre', 'code', 'em', 'strong', 's', 'a', 'ul', 'ol', 'li'],
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  allowedAttributes: {
    a: ['href', 'title', 'rel', 'target'],
    ol: ['start'],
  },
  allowedClasses: { code: ['language-*'] },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowProtocolRelative: false,
  disallowedTagsMode: 'escape',
  transformTags: {
    // Foreign pages learn neither where the reader came from nor get a handle on the reader's page.
    a: sanitizeHtml.simpleTransform('a', { rel: 'nofollow noopener noreferrer', target: '_blank' }),
  },
};

const rendered = new LRUCache<string, string>({
  maxSize: CACHE_CHARACTERS,
  sizeCalculation: (html, body) => html.length + body.length + 1,
});

/** Never throws, whatever the text. */
export function renderMarkdown(body: string): string {
  if (body === '') return '';
  const known = rendered.get(body);
  if (known !== undefined) return known;
  const html = sanitizeHtml(markdown.render(body), ALLOWED).trim();
  rendered.set(body, html);
  return html;
}
