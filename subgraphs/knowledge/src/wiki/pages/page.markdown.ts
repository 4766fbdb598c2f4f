/**
 * Pages' Markdown: HTML, headings, plain text and links. Raw HTML is text, and images are files of the graph or links. Links between
 * pages are `[[path|text]]`, or Markdown links without a scheme. Holds no storage.
 */
import MarkdownIt from 'markdown-it';
import { pathOf } from './page.path';

type Token = ReturnType<MarkdownIt['parse']>[number];
type StateInline = Parameters<Parameters<MarkdownIt['inline']['ruler']['before']>[2]>[0];

/** Deeper nesting is rendered as text. */
const MAX_NESTING = 20;
/** In UTF-16 units; a longer bracket is no link. */
const MAX_LINK = 300;
/** Further links of a page are not indexed. */
const MAX_LINKS = 2000;
const SCHEME = /^(?:[a-z][a-z0-9+.-]*:|\/\/|#)/i;

const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });
(markdown.options as { maxNesting?: number }).maxNesting = MAX_NESTING;
markdown.disable('image');
markdown.validateLink = (url) => /^(https?:\/\/|mailto:)/i.test(url.trimStart()) || !SCHEME.test(url.trimStart());
markdown.inline.ruler.before('link', 'wiki-link', wikiLink);

function wikiLink(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  if (!src.startsWith('[[', pos)) return false;
  const length = src.slice(pos + 2, Math.min(pos + 2 + MAX_LINK, state.posMax)).indexOf(']]');
  if (length < 1) return false;
  const inner = src.slice(pos + 2, pos + 2 + length);
  const [target = '', label = target] = inner.split('|', 2);
  const path = pathOf(target);
  if (path === '' || /[\n[]/.test(inner)) return false;
  if (!silent) {
    state.push('link_open', 'a', 1).attrs = [['href', path]];
    state.push('text', '', 0).content = label.trim();
    state.push('link_close', 'a', -1);
  }
  state.pos += length + 4;
  return true;
}

export interface PageText {
  headings: string;
  body: string;
  /** Paths of other pages, each once. */
  links: string[];
}

export const pageHtml = (body: string): string => markdown.render(body);

export function pageText(body: string): PageText {
  const tokens = markdown.parse(body, {});
  const headings: string[] = [];
  const texts: string[] = [];
  const links = new Set<string>();
  tokens.forEach((token, index) => {
    if (token.type === 'fence' || token.type === 'code_block') texts.push(token.content);
    if (token.type !== 'inline') return;
    (tokens[index - 1]?.type === 'heading_open' ? headings : texts).push(plain(token.children ?? []));
    for (const child of token.children ?? []) {
      const path = linkedPath(child);
      if (path && links.size < MAX_LINKS) links.add(path);
    }
  });
  return { headings: headings.join('\n'), body: texts.join('\n'), links: [...links] };
}

const plain = (tokens: readonly Token[]): string =>
  tokens.map(({ type, content }) => (type === 'softbreak' || type === 'hardbreak' ? '\n' : content)).join('');

function linkedPath(token: Token): string | undefined {
  const href = token.type === 'link_open' ? token.attrGet('href') : null;
  if (!href || SCHEME.test(href)) return undefined;
  return (
    pathOf(
      decoded(href.split(/[?#]/, 1)[0]!)
        .replace(/\.md$/i, '')
        .replace(/^\/wiki\//, ''),
    ) || undefined
  );
}

function decoded(href: string): string {
  try {
    return decodeURIComponent(href);
  } catch {
    return href;
  }
}
