/** Reads plain text and the text of HTML, in any encoding. */
import { open } from 'node:fs/promises';
import { charsetOf } from '../content-type';
import type { Reading, ReadingTask } from '../inspection';

/** A character has at most four bytes, and HTML has more markup than text. */
const BYTES_PER_CHARACTER = 8;
const UNREAD = new Set(['script', 'style', 'template', 'noscript']);
const BLOCKS = new Set(['p', 'div', 'br', 'li', 'tr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'section', 'article', 'pre']);

export async function readText(mimeType: string, { input, maxCharacters }: ReadingTask): Promise<Reading> {
  const handle = await open(input, 'r');
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, maxCharacters * BYTES_PER_CHARACTER);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, 0);
    const charset = charsetOf(buffer) ?? 'utf-8';
    const decoded = new TextDecoder(charset).decode(buffer);
    const text = mimeType === 'text/html' || mimeType === 'application/xhtml+xml' ? await textOfHtml(decoded) : decoded;
    return { metadata: { charset }, text: text.slice(0, maxCharacters) };
  } finally {
    await handle.close();
  }
}

async function textOfHtml(html: string): Promise<string> {
  const { Parser } = await import('htmlparser2');
  let unread = 0;
  const pieces: string[] = [];
  const parser = new Parser({
    onopentagname: (name) => {
      if (UNREAD.has(name)) unread++;
      if (BLOCKS.has(name)) pieces.push('\n');
    },
    ontext: (text) => void (unread === 0 && pieces.push(text)),
    onclosetag: (name) => {
      if (UNREAD.has(name)) unread--;
    },
  });
  parser.end(html);
  return pieces
    .join('')
    .replace(/[ \t]+/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('\n');
}
