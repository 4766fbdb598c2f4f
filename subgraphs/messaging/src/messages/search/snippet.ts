/** Snippets of messages as HTML with `<mark>` as the only tag. */
import type { ExcerptPiece } from '@chat/kit/text-analysis/excerpt';

const ESCAPED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const snippetOf = (fragments: readonly (readonly ExcerptPiece[])[]): string =>
  fragments.map((fragment) => fragment.map(htmlOf).join('')).join(' … ');

const htmlOf = ({ text, isMatch }: ExcerptPiece): string => {
  const html = text.replace(/[&<>"']/g, (character) => ESCAPED[character]!);
  return isMatch ? `<mark>${html}</mark>` : html;
};
