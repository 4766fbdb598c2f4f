/** Reads zip archives of strangers into memory. Refuses links, paths that leave the archive, bombs, and all but text and WebAssembly. */
import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl';
import type { Readable } from 'node:stream';

/** The bundle cannot be used. The message is for its uploader. */
export class BundleError extends Error {
  override name = 'BundleError';
}

export interface ArchiveLimits {
  /** Bytes of all files together, unpacked. */
  totalBytes: number;
  files: number;
}

/** Letters, digits, dots, hyphens and underscores, in folders; no part begins with a dot or hyphen. */
const PATH = /^[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)*$/;
const MAX_PATH = 200;

/** Endings of files that may be in a bundle. Engines' byte code and native code have others. */
const ENDINGS = /\.(js|mjs|json|md|txt|minisig|wasm)$/;

/** The start of each WebAssembly module: a mark, and version 1. Components have another version. */
const WASM_START = Buffer.from('\0asm\x01\0\0\0', 'latin1');

/** Unpacked over packed size; text rarely comes to 20. */
const MAX_RATIO = 200;
/** Bytes below which the ratio does not matter. */
const SMALL = 4_096;

/** File type bits of Unix, in the upper half of the external attributes. */
const TYPE_MASK = 0o170000;
const LINK = 0o120000;
const FOLDER = 0o040000;
const REGULAR = 0o100000;

/** @returns the content of each file by path, as {@link contentOf} has it. @throws BundleError */
export async function readArchive(bytes: Buffer, limits: ArchiveLimits): Promise<Map<string, string>> {
  const zip = await fromBufferPromise(bytes, { strictFileNames: true, validateEntrySizes: true }).catch(refuse);
  const files = new Map<string, string>();
  const spellings = new Set<string>();
  let left = limits.totalBytes;
  try {
    for await (const entry of zip.eachEntry()) {
      const path = pathOf(entry);
      if (path === undefined) continue;
      const key = path.toLowerCase();
      if (spellings.has(key)) throw new BundleError(`The bundle has ${path} twice.`);
      spellings.add(key);
      if (files.size >= limits.files) throw new BundleError(`The bundle has more than ${limits.files} files.`);
      refuseBomb(entry, path, left);
      const content = await readEntry(zip, entry, left);
      left -= content.length;
      files.set(path, contentOf(path, content));
    }
  } catch (error) {
    return refuse(error as Error);
  }
  return files;
}

function refuse(error: Error): never {
  if (error instanceof BundleError) throw error;
  throw new BundleError(`The bundle is no valid zip archive: ${error.message}.`);
}

/** Undefined for a folder. */
function pathOf({ fileName, externalFileAttributes, generalPurposeBitFlag }: Entry): string | undefined {
  const type = (externalFileAttributes >>> 16) & TYPE_MASK;
  if (type === LINK) throw new BundleError(`${shown(fileName)} is a symbolic link.`);
  if (type !== 0 && type !== FOLDER && type !== REGULAR) throw new BundleError(`${shown(fileName)} is a special file.`);
  if ((generalPurposeBitFlag & 1) !== 0) throw new BundleError(`${shown(fileName)} is encrypted.`);
  const isFolder = fileName.endsWith('/');
  const path = isFolder ? fileName.slice(0, -1) : fileName;
  checkPath(path);
  if (isFolder) return undefined;
  if (type === FOLDER) throw new BundleError(`${shown(fileName)} is a special file.`);
  checkEnding(path);
  return path;
}

/** @throws BundleError if a bundle may not have this path */
export function checkPath(path: string): void {
  if (path.length > MAX_PATH || !PATH.test(path)) throw new BundleError(`The path ${shown(path)} is not allowed.`);
}

/** @throws BundleError if a bundle may not have such a file */
export function checkEnding(path: string): void {
  if (!ENDINGS.test(path))
    throw new BundleError(`${path} is no source code: bundles hold .js, .mjs, .json, .md, .txt and .wasm.`);
}

const shown = (name: string): string => JSON.stringify(name.slice(0, MAX_PATH));

function refuseBomb({ compressedSize, uncompressedSize }: Entry, path: string, left: number): void {
  if (uncompressedSize > left) throw new BundleError('The files of the bundle are too large.');
  if (uncompressedSize > SMALL && uncompressedSize > compressedSize * MAX_RATIO)
    throw new BundleError(`${path} is compressed suspiciously well.`);
}

async function readEntry(zip: ZipFile, entry: Entry, left: number): Promise<Buffer> {
  const stream: Readable = await zip.openReadStreamPromise(entry);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > left) {
      stream.destroy();
      throw new BundleError('The files of the bundle are too large.');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export const isModule = (path: string): boolean => path.endsWith('.wasm');

/** The text of a file, or a WebAssembly module in base64. @throws BundleError */
export function contentOf(path: string, content: Buffer): string {
  if (!isModule(path)) return textOf(path, content);
  if (!content.subarray(0, WASM_START.length).equals(WASM_START))
    throw new BundleError(`${path} is no WebAssembly module.`);
  return content.toString('base64');
}

/** Byte code of an engine is not UTF-8, or has control characters. @throws BundleError */
function textOf(path: string, content: Buffer): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(content);
  } catch {
    throw new BundleError(`${path} is not text in UTF-8.`);
  }
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u0008\u000e-\u001f]/.test(text)) throw new BundleError(`${path} has control characters.`);
  return text;
}
