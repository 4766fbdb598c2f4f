/** The size and the SHA-256 of a stream. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

/** Reads the stream to its end. The hash is in lower-case hex. */
export async function measure(source: Readable): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest('hex') };
}
