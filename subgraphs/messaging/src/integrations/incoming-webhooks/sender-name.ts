/** The sender name of messages from incoming webhooks. */

/** In characters. */
export const SENDER_NAME_MAX = 80;

/** One line of plain text: escapes Markdown and mentions. */
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
