/** Detects the type of a file from its content. Ignores names and declared types. */
import { fileTypeFromFile } from 'file-type';
import { open } from 'node:fs/promises';
import { UNKNOWN_TYPE, type DetectedType } from './inspection';

/** Bytes at the start from which text is recognised. */
const HEAD = 1 << 20;
/** Bytes at the end that are searched for the directory of a ZIP file: its longest comment and its record. */
const TAIL = 65_557;

/** Markup that a browser would recognise at the start of a document (WHATWG MIME sniffing, 7.1), and scripts. */
const HTML = /^\s*<(!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--)[\s>]/i;
/** Content of another type within a file, by which some program would read it differently. */
const FOREIGN = /<(script|html|body|iframe|svg|object|embed)[\s>/]|<!doctype html|<\?php|javascript:|%PDF-\d/i;
const ZIP_DIRECTORY = Buffer.from('PK\x05\x06');

export async function detectType(path: string): Promise<DetectedType> {
  const { head, tail } = await readEnds(path);
  const text = textOf(head);
  const markup = text === undefined ? undefined : markupType(text);
  const mimeType = markup ?? (await binaryType(path, head)) ?? (text === undefined ? UNKNOWN_TYPE : plainType(text));
  return { mimeType, isPolyglot: isPolyglot(mimeType, head, tail) };
}

/** Text in UTF-16 begins with a mark that also begins frames of MPEG audio. */
async function binaryType(path: string, head: Buffer): Promise<string | undefined> {
  if (/^utf-16/.test(charsetOf(head) ?? '') && textOf(head) !== undefined) return undefined;
  return (await fileTypeFromFile(path))?.mime;
}

async function readEnds(path: string): Promise<{ head: Buffer; tail: Buffer }> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const read = async (start: number, length: number) => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start);
      return buffer.subarray(0, bytesRead);
    };
    return {
      head: await read(0, Math.min(HEAD, size)),
      tail: await read(Math.max(0, size - TAIL), Math.min(TAIL, size)),
    };
  } finally {
    await handle.close();
  }
}

/** Undefined if the bytes are no text. A character that the end cuts is no objection. */
export function textOf(bytes: Uint8Array): string | undefined {
  const charset = charsetOf(bytes);
  const text = charset && new TextDecoder(charset).decode(bytes, { stream: true });
  // eslint-disable-next-line no-control-regex -- control characters other than white space and escape sequences mean binary content
  return text === undefined || /[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? undefined : text;
}

/** The name of the encoding; undefined if the bytes cannot be text. */
export function charsetOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return 'utf-8';
  } catch {
    return bytes.includes(0) ? undefined : 'windows-1252';
  }
}

/** Markup is recognised first, as it runs scripts if a browser takes it for a document. */
function markupType(text: string): string | undefined {
  const start = text.replace(/^\ufeff/, '').trimStart();
  if (HTML.test(`${start.slice(0, 200)} `))
    return /<svg[\s>]/i.test(start.slice(0, 200)) ? 'image/svg+xml' : 'text/html';
  const isXml = start.startsWith('<?xml');
  const [, root] = /<([A-Za-z_][\w.:-]{0,100})[\s>/]/.exec(start.slice(0, 100_000)) ?? [];
  if (root && /(^|:)svg$/i.test(root) && start.startsWith('<')) return 'image/svg+xml';
  if (root && /^html$/i.test(root) && start.startsWith('<')) return 'application/xhtml+xml';
  return isXml ? 'application/xml' : undefined;
}

function plainType(text: string): string {
  if (!/^\s*[[{]/.test(text)) return 'text/plain';
  try {
    JSON.parse(text);
    return 'application/json';
  } catch {
    return 'text/plain';
  }
}

function isPolyglot(mimeType: string, head: Buffer, tail: Buffer): boolean {
  const isPdf = mimeType === 'application/pdf';
  if (!isPdf && !mimeType.startsWith('image/')) return false;
  // A PDF reader finds the header anywhere near the start, and other programs see the bytes before it.
  if (isPdf && head.subarray(0, 5).toString('latin1') !== '%PDF-') return true;
  const inner = head.subarray(5).toString('latin1');
  return (
    tail.includes(ZIP_DIRECTORY) || (!isPdf && FOREIGN.test(inner)) || (isPdf && /<(script|html)[\s>]/i.test(inner))
  );
}
