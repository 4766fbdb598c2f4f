/**
 * Signatures of minisign (Ed25519): `minisign -S -m checksums.txt`. Verifies only; the format is that of
 * https://jedisct1.github.io/minisign/.
 */
import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';

/** DER of an Ed25519 public key, before its 32 bytes (RFC 8410). */
const DER_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export interface PublisherKey {
  /** In upper-case hex, as minisign shows it. */
  id: string;
  key: KeyObject;
}

/** @param text the line of a `.pub` file that begins with `RW`. Undefined if it is none. */
export function readPublicKey(text: string): PublisherKey | undefined {
  const bytes = decode(text.trim(), 42);
  if (!bytes || bytes.toString('latin1', 0, 2) !== 'Ed') return undefined;
  const key = createPublicKey({ key: Buffer.concat([DER_PREFIX, bytes.subarray(10)]), format: 'der', type: 'spki' });
  return { id: idOf(bytes), key };
}

/** @returns the key among `trusted` that signed `message`; undefined if none did, or if the signature is malformed */
export function signerOf(
  message: Buffer,
  signature: string,
  trusted: readonly PublisherKey[],
): PublisherKey | undefined {
  const [comment = '', signed = '', trustedComment = '', global = '', ...rest] = signature.split(/\r?\n/);
  if (!comment.startsWith('untrusted comment: ') || rest.some((line) => line !== '')) return undefined;
  if (!trustedComment.startsWith('trusted comment: ')) return undefined;
  const bytes = decode(signed, 74);
  const globalBytes = decode(global, 64);
  if (!bytes || !globalBytes) return undefined;
  const algorithm = bytes.toString('latin1', 0, 2);
  if (algorithm !== 'Ed' && algorithm !== 'ED') return undefined;
  const digest = algorithm === 'ED' ? createHash('blake2b512').update(message).digest() : message;
  const ed25519 = bytes.subarray(10);
  const tail = Buffer.concat([ed25519, Buffer.from(trustedComment.slice('trusted comment: '.length))]);
  return trusted.find(
    ({ id, key }) => id === idOf(bytes) && verify(null, digest, key, ed25519) && verify(null, tail, key, globalBytes),
  );
}

/** The key's id is stored with its lowest byte first. */
const idOf = (bytes: Buffer): string => Buffer.from(bytes.subarray(2, 10)).reverse().toString('hex').toUpperCase();

function decode(text: string, length: number): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === length ? bytes : undefined;
}
