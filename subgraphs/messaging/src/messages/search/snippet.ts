/** Parts of a message around what was found, as HTML that has nothing but `<mark>`. */

/** Around a match, as PostgreSQL gives it; private characters, so that no message can bring them along. */
export const START = '\uE000';
export const STOP = '\uE001';

const ESCAPED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const snippetOf = (headline: string): string =>
  headline
    .replace(/[&<>"']/g, (character) => ESCAPED[character]!)
    .replaceAll(START, '<mark>')
    .replaceAll(STOP, '</mark>');
