/**
 * Parses Markdown: GitHub flavoured, with emoji short names, raw HTML as text. Takes time in proportion to the text, whatever the text
 * (tests/hostile-text). Holds neither what becomes of the tokens (message-text.ts) nor what HTML may have (safe-html.ts).
 */
import MarkdownIt from 'markdown-it';
import { boundedTables } from './bounded-tables';
import { linearEmoji } from './linear-emoji';
import { taskLists } from './task-list';

/** Nesting beyond this is shown as text; it keeps a short text from becoming a deep tree. */
const MAX_NESTING = 20;
/** The longest name of a host (RFC 1035), and of what may follow it in a link that has no scheme, in UTF-16 units. */
const [MAX_HOST, MAX_PATH] = [253, 2000];

/** Behind `www.`: a domain, and a path that does not end with what belongs to the sentence. */
const HOST = /^[\p{L}\p{N}][\p{L}\p{N}.-]*\.\p{L}{2,}(?::\d{1,5})?/u;
const PATH = /^[/?#](?:[^\s<>"'\]]*[^\s<>"'\].,:;!?)])?/;

export const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true, typographer: false })
  .use(linearEmoji)
  .use(taskLists)
  .use(boundedTables)
  .disable('image');

// Not among the options of the types, but what the parser itself reads.
(markdown.options as { maxNesting?: number }).maxNesting = MAX_NESTING;
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: true });
// GitHub takes no other name for a link than one that says so.
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
