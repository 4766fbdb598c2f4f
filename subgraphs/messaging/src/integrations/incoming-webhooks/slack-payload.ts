/**
 * Slack's message payloads, turned into the Markdown of a message. Attachments and blocks become text: their titles, texts, fields
 * and links stay, colours and buttons do not. Pure; refuses nothing but payloads that say nothing.
 */
import { z } from 'zod';

const text = z.string().catch('');

const attachment = z.object({
  pretext: text,
  title: text,
  title_link: text,
  text,
  fallback: text,
  footer: text,
  image_url: text,
  fields: z.array(z.object({ title: text, value: text })).catch([]),
});

const block = z.object({
  text: z.object({ text }).catch({ text: '' }),
  fields: z.array(z.object({ text })).catch([]),
});

const payload = z.object({
  text,
  username: text,
  attachments: z.array(attachment).catch([]),
  blocks: z.array(block).catch([]),
});

type Attachment = z.output<typeof attachment>;

export interface SlackMessage {
  /** Empty where the payload names nobody. */
  username: string;
  /** Markdown; empty where the payload says nothing. */
  body: string;
}

/** Undefined where `value` is not a payload at all. Parts of it that are of another type than Slack's are left out. */
export function readSlackPayload(value: unknown): SlackMessage | undefined {
  const read = payload.safeParse(value);
  if (!read.success) return undefined;
  const { text: said, username, attachments, blocks } = read.data;
  // `text` is what notifications show; where there are blocks they say the same at length.
  const main = said || linesOf(blocks.flatMap((part) => [part.text.text, ...part.fields.map((field) => field.text)]));
  const parts = [fromMrkdwn(main), ...attachments.map(attachmentText)];
  return {
    username: username.trim(),
    body: parts
      .filter((part) => part.trim() !== '')
      .join('\n\n')
      .trim(),
  };
}

function attachmentText({
  pretext,
  title,
  title_link: link,
  text: said,
  fallback,
  footer,
  image_url: image,
  fields,
}: Attachment) {
  const heading = link ? `[${fromMrkdwn(title || link)}](${link})` : fromMrkdwn(title);
  const lines = [
    fromMrkdwn(pretext),
    heading && `**${heading}**`,
    fromMrkdwn(said),
    ...fields.map((field) => `**${fromMrkdwn(field.title)}**: ${fromMrkdwn(field.value)}`),
    image,
    fromMrkdwn(footer),
  ];
  return linesOf(lines) || fromMrkdwn(fallback);
}

const linesOf = (lines: readonly string[]): string => lines.filter((line) => line.trim() !== '').join('\n');

/** Links, mentions of everybody, bold and strikethrough are written otherwise in Markdown; the rest is the same. */
function fromMrkdwn(mrkdwn: string): string {
  return mrkdwn
    .replace(/(^|[\s(_~])\*([^\s*](?:[^*\n]*[^\s*])?)\*(?=$|[\s).,:;!?_~])/gm, '$1**$2**')
    .replace(/(^|[\s(_*])~([^\s~](?:[^~\n]*[^\s~])?)~(?=$|[\s).,:;!?_*])/gm, '$1~~$2~~')
    .replace(/<!(channel|here|everyone)(?:\|[^>]*)?>/g, (_all, name: string) =>
      name === 'here' ? '@here' : '@channel',
    )
    .replace(/<((?:https?:|mailto:)[^|>\s]+)\|([^>]+)>/g, '[$2]($1)')
    .replace(/<((?:https?:|mailto:)[^|>\s]+)>/g, '<$1>')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
}
