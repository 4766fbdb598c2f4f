/** Paths of pages and categories: lower-case segments of letters, digits, hyphens and underscores, separated by slashes. */

/** In characters. */
export const PATH_MAX = 200;

/** A path from any text; empty if the text has neither letters nor digits. */
export const pathOf = (text: string): string =>
  text
    .normalize('NFC')
    .toLowerCase()
    .split('/')
    .map(segmentOf)
    .filter((segment) => segment !== '')
    .join('/');

/** One segment, from a title. */
const segmentOf = (title: string): string =>
  (
    title
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}_]+/gu) ?? []
  ).join('-');
