/** Reads bodies of requests and responses up to a size, while they arrive. */
import type { IncomingMessage } from 'node:http';

/** Undefined if there are more bytes. The rest is not read. */
export async function readAtMost(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop ends the source.
  for await (const chunk of source) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The body of a request, as {@link readAtMost}; a longer one is discarded, as by {@link discardBody}. Without an iterator, which costs more
 * than a short body. @throws if the connection is lost
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    discardBody(request);
    return Promise.resolve(undefined);
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const read = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) return void chunks.push(chunk);
      discardBody(request);
      resolve(undefined);
    };
    request
      .on('data', read)
      .once('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)))
      .once('error', reject);
  });
}

/** How long the rest of a refused body is read, in milliseconds. */
const DISCARD_MS = 10_000;

/**
 * Reads the rest of a refused body and throws it away. If the connection were closed meanwhile, a client that is still sending, or a proxy, would
 * lose the response with it (RFC 9112, 9.6).
 */
function discardBody(request: IncomingMessage): void {
  request.removeAllListeners('data').resume();
  const deadline = setTimeout(() => request.destroy(), DISCARD_MS).unref();
  request.once('close', () => clearTimeout(deadline));
}
