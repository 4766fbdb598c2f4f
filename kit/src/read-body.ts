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

/** The body of a request, as {@link readAtMost}. The socket stays open for the response. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return undefined;
  return readAtMost(request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>, maxBytes);
}
