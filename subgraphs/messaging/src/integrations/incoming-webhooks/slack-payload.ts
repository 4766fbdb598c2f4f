/**
 * Converts Slack's message payloads to Markdown. Keeps titles, texts, fields and links of attachments and blocks; drops colours and
 * buttons. Pure, and lenient with invalid parts.
 */
import { z } from 'zod';
import { fromMrkdwn, linkTo, literally } from './mrkdwn';
import { listOf, text } from './payload-values';
import { blocks, blocksText } from './slack-blocks';

const attachment = z.object({
  pretext: text,
  author_name: text,
  author_link: text,
  title: text,
  title_link: text,
  text,
  fallback: text,
  footer: text,
  image_url: text,
  thumb_url: text,
  fields: listOf(z.object({ title: text, value: text })),
  blocks,
});

const payload = z.object({
  text,
  username: text,
  /** If false, the text is plain. */
  mrkdwn: z.boolean().catch(true),
  attachments: listOf(attachment),
  blocks,
});

type Attachment = z.output<typeof attachment>;

export interface SlackMessage {
  /** Empty if the payload has no name. */
  username: string;
  /** Markdown; empty if the payload has no content. */
  body: string;
}

/** Undefined if `value` is not an object. Drops parts with unexpected types. */
export function readSlackPayload(value: unknown): SlackMessage | undefined {
  const read = payload.safeParse(value);
  if (!read.success) return undefined;
  const { text: said, username, mrkdwn, attachments, blocks } = read.data;
  // With blocks, `text` is the short form for notifications.
  const main = mrkdwn ? fromMrkdwn(said) : literally(said);
  const parts = [main.trim() === '' ? blocksText(blocks) : main, ...attachments.map(attachmentText)];
  return {
    username: username.trim(),
    body: parts
      .filter((part) => part.trim() !== '')
      .join('\n\n')
      .trim(),
  };
}

function attachmentText(given: Attachment): string {
  const { title, title_link: link, author_name: author, author_link: authorLink } = given;
  const heading = link ? linkTo(link, bracketed(fromMrkdwn(title || link))) : fromMrkdwn(title);
  const lines = [
    fromMrkdwn(given.pretext),
    author && (authorLink ? linkTo(authorLink, literally(author)) : literally(author)),
    heading && `**${heading}**`,
    fromMrkdwn(given.text),
    ...given.fields.map(({ title, value }) => fieldText(fromMrkdwn(title), fromMrkdwn(value))),
    blocksText(given.blocks),
    given.image_url || given.thumb_url,
    fromMrkdwn(given.footer),
  ];
  return linesOf(lines) || fromMrkdwn(given.fallback);
}

const fieldText = (title: string, value: string): string =>
  [title && `**${title}**`, value].filter((part) => part !== '').join(': ');

/** Escapes brackets, which would end the text of a link. */
const bracketed = (label: string): string => label.replace(/(?<!\\)[[\]]/g, '\\$&');

const linesOf = (lines: readonly string[]): string => lines.filter((line) => line.trim() !== '').join('\n');
