/** The name that a message of an incoming webhook is headed with. */

/** In characters. */
export const SENDER_NAME_MAX = 80;

/** One bold line that calls nobody, whatever Markdown and names it has. */
export const plainName = (name: string): string =>
  [
    ...name
      .slice(0, 4 * SENDER_NAME_MAX)
      .replace(/[\p{Cc}\p{Cf}]/gu, ' ')
      .trim(),
  ]
    .slice(0, SENDER_NAME_MAX)
    .join('')
    .replace(/[\\`*_{}[\]<>~|@&]/g, '\\$&');
