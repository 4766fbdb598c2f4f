/** The snippet of a page in a search: HTML of the parts that match. Holds no query. */
import { excerptOf, type ExcerptPiece } from '@chat/kit/text-analysis/excerpt';
import type { Term } from '@chat/kit/text-analysis/text-query';
import { pageText } from './page.markdown';

const ESCAPED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const htmlOf = ({ text, isMatch }: ExcerptPiece): string => {
  const html = text.replace(/[&<>"']/g, (character) => ESCAPED[character]!);
  return isMatch ? `<mark>${html}</mark>` : html;
};

/** From the body; from the headings or the title if only these match. */
export function snippetOf({ title, body, terms }: { title: string; body: string; terms: readonly Term[] }): string {
  const text = pageText(body);
  const excerpts = [text.body, text.headings, title].map((part) => excerptOf({ text: part, terms }));
  const chosen = excerpts.find((fragments) => fragments.flat().some(({ isMatch }) => isMatch)) ?? excerpts[0]!;
  return chosen.map((fragment) => fragment.map(htmlOf).join('')).join(' … ');
}
