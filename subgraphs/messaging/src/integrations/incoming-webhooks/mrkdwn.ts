/**
 * Converts Slack's mrkdwn to Markdown: bold, strikethrough, links, and references to people, channels, groups and times. Leaves code
 * unchanged. Takes linear time. Holds no payloads (slack-payload.ts).
 */

/** Placeholder for converted parts. It is invalid in messages, so a text that contains it is refused later. */
const OPAQUE = '\0';
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&' };
const LINK = /^(?:https?:|mailto:)\S/i;
/** Links with schemes that messages do not allow, such as tel:. */
const OTHER_LINK = /^[a-z][a-z\d+.-]{1,30}:\S/i;
const CALLS_EVERYBODY = /^(?:channel|here|everyone|all)$/i;

export function fromMrkdwn(mrkdwn: string): string {
  if (mrkdwn.includes(OPAQUE)) return mrkdwn;
  const { text, parts } = separate(mrkdwn);
  let next = 0;
  return decoded(
    text
      .replace(/(^|[\s(_~])\*([^\s*](?:[^*\n]*[^\s*])?)\*(?=$|[\s).,:;!?_~])/gm, '$1**$2**')
      .replace(/(^|[\s(_*])~([^\s~](?:[^~\n]*[^\s~])?)~(?=$|[\s).,:;!?_*])/gm, '$1~~$2~~'),
  ).replaceAll(OPAQUE, () => parts[next++]!);
}

/** Escapes a text so that Markdown shows it literally. */
export const literally = (text: string): string =>
  text
    .replace(/[\\`*~[\]<]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|&(?=#?\w{1,31};)/gu, '\\$&')
    .replace(/^( {0,3})(#{1,6}(?=\s|$)|>|[+-](?=\s|$))/gm, '$1\\$2')
    .replace(/^( {0,3}\d{1,9})([.)])(?=\s|$)/gm, '$1\\$2');

/** A link; without a label it shows its address. */
export function linkTo(url: string, label = ''): string {
  const address = url.replace(
    /[\s<>\\()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return label.trim() === '' ? `<${address}>` : `[${label.trim()}](${address})`;
}

/** A code span with enough backticks around it. */
export function codeSpan(code: string): string {
  const runs = [...code.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = '`'.repeat(Math.max(0, ...runs) + 1);
  const margin = code.startsWith('`') || code.endsWith('`') ? ' ' : '';
  return `${fence}${margin}${code}${margin}${fence}`;
}

const decoded = (text: string): string => text.replace(/&(lt|gt|amp);/g, (_all, name: string) => ENTITIES[name]!);

/** Replaces code and angle brackets in the text with placeholders. @returns the text and the converted parts. */
function separate(mrkdwn: string): { text: string; parts: string[] } {
  const parts: string[] = [];
  let text = '';
  let from = 0;
  const mark = /`|</g;
  for (let match = mark.exec(mrkdwn); match; match = mark.exec(mrkdwn)) {
    const { index } = match;
    const part = match[0] === '<' ? bracketedAt(mrkdwn, index) : codeAt(mrkdwn, index);
    if (!part) continue;
    text += mrkdwn.slice(from, index) + OPAQUE;
    parts.push(part.text);
    mark.lastIndex = from = part.end;
  }
  return { text: text + mrkdwn.slice(from), parts };
}

interface Part {
  text: string;
  end: number;
}

function codeAt(mrkdwn: string, index: number): Part | undefined {
  if (mrkdwn.startsWith('```', index)) {
    const end = mrkdwn.indexOf('```', index + 3);
    if (end >= 0) return { text: codeBlock(mrkdwn, index, end), end: end + 3 };
    return { text: mrkdwn.slice(index), end: mrkdwn.length };
  }
  const stop = /[`\n]/g;
  stop.lastIndex = index + 1;
  const end = stop.exec(mrkdwn)?.index ?? mrkdwn.length;
  if (mrkdwn[end] !== '`' || end === index + 1) return undefined;
  return { text: decoded(mrkdwn.slice(index, end + 1)), end: end + 1 };
}

/** A Markdown fence needs its own lines; Slack's may be within a line. */
function codeBlock(mrkdwn: string, index: number, end: number): string {
  const code = decoded(mrkdwn.slice(index + 3, end));
  if (!code.includes('\n')) return `\`\`\`${code}\`\`\``;
  const before = index === 0 || mrkdwn[index - 1] === '\n' ? '' : '\n';
  const after = end + 3 === mrkdwn.length || mrkdwn[end + 3] === '\n' ? '' : '\n';
  return `${before}\`\`\`${code.startsWith('\n') ? '' : '\n'}${code}${code.endsWith('\n') ? '' : '\n'}\`\`\`${after}`;
}

function bracketedAt(mrkdwn: string, index: number): Part | undefined {
  const stop = /[<>]/g;
  stop.lastIndex = index + 1;
  const end = stop.exec(mrkdwn)?.index ?? mrkdwn.length;
  if (mrkdwn[end] !== '>') return undefined;
  const inner = mrkdwn.slice(index + 1, end);
  const bar = inner.indexOf('|');
  const [target, label] = bar < 0 ? [inner, ''] : [inner.slice(0, bar), decoded(inner.slice(bar + 1)).trim()];
  const text = referenceText(target, label);
  return text === undefined ? undefined : { text, end: end + 1 };
}

function referenceText(target: string, label: string): string | undefined {
  if (LINK.test(target)) return linkTo(decoded(target), label.replace(/[\\[\]@]/g, '\\$&'));
  if (OTHER_LINK.test(target)) return literally(label || decoded(target));
  const id = target.slice(1);
  if (target.startsWith('@') && id !== '') return personCalled(label || id);
  if (target.startsWith('#') && id !== '') return `#${literally(label.replace(/^#/, '') || id)}`;
  return target.startsWith('!') ? specialText(id, label) : undefined;
}

/** A mention of an account or group. Escapes a name such as `channel`, which would notify everybody. */
export function personCalled(label: string): string {
  const name = label.replace(/^@/, '');
  return CALLS_EVERYBODY.test(name) ? `\\@${name}` : `@${literally(name)}`;
}

function specialText(command: string, label: string): string | undefined {
  const [name = '', ...values] = command.split('^', 4);
  if (name === 'here') return '@here';
  if (name === 'channel' || name === 'everyone') return '@channel';
  if (name === 'subteam' && values[0]) return personCalled(label || values[0]);
  if (name === 'date') return dateText({ seconds: Number(values[0]), fallback: label, url: values[2] });
  return label === '' ? undefined : literally(label);
}

/** The sender's fallback text for a time, or else the time in UTC. */
export function dateText(date: { seconds: number; fallback?: string; url?: string }): string {
  const { seconds, fallback = '', url } = date;
  const isTime = Number.isFinite(seconds) && Math.abs(seconds) < 8.64e12;
  const text = literally(fallback) || (isTime ? `${new Date(seconds * 1000).toISOString().slice(0, 16)}Z` : '');
  return url && LINK.test(url) ? linkTo(decoded(url), text) : text;
}
