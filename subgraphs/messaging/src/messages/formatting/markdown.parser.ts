/**
 * The Markdown parser: GitHub flavoured, with emoji short names; raw HTML is text. Takes linear time for any input (tests/hostile-text).
 * Holds neither the use of the tokens (message-text.ts) nor the allowed HTML (safe-html.ts).
 */
import MarkdownIt from 'markdown-it';
import { boundedTables } from './bounded-tables';
import { linearEmoji } from './linear-emoji';
import { taskLists } from './task-list';

/** Deeper nesting is rendered as text, so that a short text cannot become a deep tree. */
const MAX_NESTING = 20;
/** The longest host name (RFC 1035), and the longest path after it in a link without a scheme, in UTF-16 units. */
const [MAX_HOST, MAX_PATH] = [253, 2000];

/** After `www.`: a domain, and a path that does not end with the punctuation of the sentence. */
const HOST = /^[\p{L}\p{N}][\p{L}\p{N}.-]*\.\p{L}{2,}(?::\d{1,5})?/u;
const PATH = /^[/?#](?:[^\s<>"'\]]*[^\s<>"'\].,:;!?)])?/;

export const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true, typographer: false })
  .use(linearEmoji)
  .use(taskLists)
  .use(boundedTables)
  .disable('image');

// The parser reads this option, but its types lack it.
(markdown.options as { maxNesting?: number }).maxNesting = MAX_NESTING;
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: true });
// Like GitHub, links a bare host only if it begins with www.
markdown.linkify.add('www.', {
  validate: (text, position) => linkLength(text, position),
  normalize: (match) => void (match.url = `http://${match.url}`),
});
markdown.validateLink = (url) => /^(https?:\/\/|mailto:)/i.test(url.trimStart());

function linkLength(text: string, position: number): number {
  const host = HOST.exec(text.slice(position, position + MAX_HOST))?.[0].length ?? 0;
  if (host === 0) return 0;
  const behind = position + host;
  return host + (PATH.exec(text.slice(behind, behind + MAX_PATH))?.[0].length ?? 0);
}
